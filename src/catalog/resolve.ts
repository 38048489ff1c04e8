/** From what a caller writes to a model of the catalog. */

import type { Modality } from "../contract/call.ts";
import type { ModelEntry } from "../contract/catalog.ts";
import { type LoomError, loomError } from "../errors/index.ts";
import { nearest } from "../util/nearest.ts";
import type { Catalog } from "./catalog.ts";
import { modalities } from "../util/modalities.ts";

type Later<T> = T | Promise<T>;

/**
 * Finds a model by id, alias, upstream name, or as `provider/model`. Without a provider a bare name gives every vendor
 * that has it, in catalog order. Synchronous once the vendors concerned are loaded.
 *
 * @throws LoomError `model-not-found` with near names
 */
export function lookup(
  catalog: Catalog,
  provider: string | undefined,
  model: string,
  modality: Modality,
): Later<readonly [ModelEntry, ...ModelEntry[]]> {
  return then(match(catalog, provider, model, modality), (found) => {
    const [first, ...others] = found;
    if (first !== undefined) return [first, ...others];
    return notFound(catalog, provider, model, modality).then((error) => Promise.reject(error));
  });
}

/** As `lookup`, but no model is an empty list: for vendors that take any name. */
export function match(
  catalog: Catalog,
  provider: string | undefined,
  model: string,
  modality: Modality,
): Later<readonly ModelEntry[]> {
  const slash = model.indexOf("/");
  const prefix = slash > 0 ? model.slice(0, slash) : undefined;
  const rest = model.slice(slash + 1);
  if (provider !== undefined) {
    return then(catalog.ensure(provider), () => {
      const entry = catalog.find(provider, modality, model) ??
        (prefix === provider ? catalog.find(provider, modality, rest) : undefined);
      return entry === undefined ? [] : [entry];
    });
  }
  const named = prefix === undefined ? undefined : then(
    catalog.ensure(prefix),
    () => catalog.find(prefix, modality, rest),
  );
  // Marketplaces have slashes in their own ids, so a prefix that finds nothing may still be part of a bare name.
  return then(named, (entry) => entry === undefined ? byBareName(catalog, model, modality) : [entry]);
}

/** The error for a model that nobody has, with what may have been meant. */
export async function notFound(
  catalog: Catalog,
  provider: string | undefined,
  model: string,
  modality: Modality,
): Promise<LoomError> {
  const slash = model.indexOf("/");
  const vendor = provider ?? (slash > 0 ? model.slice(0, slash) : undefined);
  const name = provider === undefined && slash > 0 ? model.slice(slash + 1) : model;
  await catalog.load();
  const known = vendor !== undefined && catalog.providers().includes(vendor);
  // Names of one vendor when the caller named one, of all otherwise.
  const entries = await catalog.models(known ? { provider: vendor } : {});
  const other = entries.find((entry) =>
    entry.modality !== modality && (entry.id === name || entry.aliases?.includes(name) === true)
  );
  const details = { provider: vendor, model };
  if (other !== undefined) {
    const wanted = `${other.provider}/${other.id} is a model for ${other.modality}, not for ${modality}`;
    return loomError(
      "model-not-found",
      `${wanted}: ask with modality "${other.modality}"`,
      { suggestions: [`${other.provider}/${other.id}`] },
      details,
    );
  }
  const suggestions = near(entries.filter((entry) => entry.modality === modality), name);
  const where = known ? `${vendor} has` : "the catalog has";
  const unknown = provider !== undefined && !known ? ` and no vendor "${provider}"` : "";
  const kind = modalities.includes(modality) ? `${modality} model` : "model";
  const help = suggestions.length > 0
    ? `did you mean ${suggestions.join(", ")}?`
    : "loom.models() and GET /v1/models list what there is; catalog.registerModel() adds one";
  return loomError(
    "model-not-found",
    `${where} no ${kind} "${name}"${unknown}; ${help}`,
    { suggestions },
    details,
  );
}

function byBareName(catalog: Catalog, model: string, modality: Modality): Later<readonly ModelEntry[]> {
  return then(catalog.providersOf(model), (providers) => {
    const waits = providers.map((one) => catalog.ensure(one)).filter((wait) => wait !== undefined);
    return then(
      waits.length === 0 ? undefined : Promise.all(waits),
      () => providers.map((one) => catalog.find(one, modality, model)).filter((entry) => entry !== undefined),
    );
  });
}

function near(entries: readonly ModelEntry[], name: string): readonly string[] {
  const byName = new Map<string, string>();
  for (const { provider, id, aliases = [] } of entries) {
    // The first vendor in catalog order stands for a name that several have.
    for (const one of [id, ...aliases]) if (!byName.has(one)) byName.set(one, `${provider}/${one}`);
  }
  return nearest(name, byName.keys()).map((one) => byName.get(one) ?? one);
}

function then<A, B>(value: Later<A>, next: (value: A) => Later<B>): Later<B> {
  return value instanceof Promise ? value.then(next) : next(value);
}
