/** Resolves candidates to targets: provider, catalog entry, params and price. */

import type { Call, Candidate, Modality } from "../contract/call.ts";
import type { ModelEntry } from "../contract/catalog.ts";
import type { Params } from "../contract/message.ts";
import type { Target } from "../contract/target.ts";
import { type Catalog, notFound } from "../catalog/index.ts";
import type { Providers, ReadyProvider } from "./providers.ts";
import { loomError } from "../errors/index.ts";

type Later<T> = T | Promise<T>;

/** Finds the target of a candidate. Synchronous once provider and vendor are loaded. */
export type FindTarget = (candidate: Candidate, call: Pick<Call, "modality" | "params">) => Later<Target>;

export function createTargets(catalog: Catalog, providers: Providers): FindTarget {
  function find(candidate: Candidate, call: Pick<Call, "modality" | "params">): Later<Target> {
    const { provider, model } = candidate;
    const modality = candidate.modality ?? call.modality;
    const params = laidOver(call.params, candidate.params);
    if (provider !== undefined) return at(provider, model, modality, params);
    const name = model ?? "";
    const slash = name.indexOf("/");
    if (slash > 0 && providers.known(name.slice(0, slash))) {
      return at(name.slice(0, slash), name.slice(slash + 1), modality, params);
    }
    return anywhere(name, modality, params);
  }

  function at(id: string, model: string | undefined, modality: Modality, params: Params): Later<Target> {
    const found = providers.get(id);
    return found instanceof Promise
      ? found.then((ready) => inVendor(ready, model, modality, params))
      : inVendor(found, model, modality, params);
  }

  function inVendor(
    ready: ReadyProvider,
    model: string | undefined,
    modality: Modality,
    params: Params,
  ): Later<Target> {
    const name = model ?? ready.provider.defaultModel;
    if (name === undefined) {
      throw loomError(
        "invalid-request",
        `model is missing, and provider "${ready.id}" has no default model`,
        {
          path: "model",
        },
        { provider: ready.id },
      );
    }
    const loading = catalog.ensure(ready.vendor);
    return loading === undefined
      ? target(ready, name, modality, params)
      : loading.then(() => target(ready, name, modality, params));
  }

  function target(ready: ReadyProvider, name: string, modality: Modality, params: Params): Later<Target> {
    const prefix = `${ready.id}/`;
    const entry = catalog.find(ready.vendor, modality, name) ??
      (name.startsWith(prefix) ? catalog.find(ready.vendor, modality, name.slice(prefix.length)) : undefined);
    if (entry !== undefined) return fromEntry(ready.id, entry, params);
    // A model that the operator named in the environment is meant, whether the catalog knows it or not.
    if (ready.provider.models === "open" || name === ready.provider.defaultModel) {
      return { provider: ready.id, modality, model: name, upstreamModel: name, params };
    }
    return notFound(catalog, ready.vendor, name, modality).then((error) => Promise.reject(error));
  }

  /**
   * A bare name: the first vendor that has it and whose key is there; otherwise the first that has it, which works without a
   * key or says which is missing. That a key may be missing is no reason: a cloud that signs its requests needs none, and yet
   * is not there.
   */
  async function anywhere(name: string, modality: Modality, params: Params): Promise<Target> {
    const vendors = (await catalog.providersOf(name)).filter((id) => providers.known(id));
    let fallback: Target | undefined;
    let unready: unknown;
    for (const id of vendors) {
      await catalog.ensure(id);
      const entry = catalog.find(id, modality, name);
      if (entry === undefined) continue;
      const found = fromEntry(id, entry, params);
      try {
        const { names, origin } = await providers.keyOrigin(id);
        if (names.length > 0 && origin !== "missing") return found;
      } catch (error) {
        // One that is not set up here does not stand in the way of another.
        unready ??= error;
        continue;
      }
      fallback ??= found;
    }
    if (fallback !== undefined) return fallback;
    if (unready !== undefined) throw unready;
    throw await notFound(catalog, undefined, name, modality);
  }

  return find;
}

function fromEntry(provider: string, entry: ModelEntry, params: Params): Target {
  const target: { -readonly [K in keyof Target]: Target[K] } = {
    provider,
    modality: entry.modality,
    model: entry.id,
    upstreamModel: entry.model,
    params: entry.params === undefined ? params : laidOver(entry.params, params),
  };
  if (entry.price !== undefined) target.price = entry.price;
  if (entry.contextTokens !== undefined) target.contextTokens = entry.contextTokens;
  if (entry.maxOutputTokens !== undefined) target.maxOutputTokens = entry.maxOutputTokens;
  return target;
}

/** Params over params. Where one side is empty the other is used as it is. */
function laidOver(below: Params, above: Params | undefined): Params {
  if (above === undefined || isEmpty(above)) return below;
  return isEmpty(below) ? above : { ...below, ...above };
}

function isEmpty(params: Params): boolean {
  for (const _ in params) return false;
  return true;
}
