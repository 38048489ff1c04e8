/** What a caller's model name means here: which targets, in which order, before any strategy has a say. */

import type { Candidate, Modality } from "../../contract/index.ts";
import type { Engine } from "../../client/engine.ts";
import { loomError } from "../../errors/index.ts";
import { nearest } from "../../util/nearest.ts";
import { wildcards } from "../../util/wildcard.ts";
import type { ModelOptions, RoutedProvider } from "../options.ts";

export type Candidates = readonly [Candidate, ...Candidate[]];

export interface ModelNames {
  /**
   * The targets that a name stands for, best first. Synchronous for a name that was asked for before.
   * @throws LoomError `model-not-found`, with the nearest names
   */
  candidates(name: string, modality: Modality): Candidates | Promise<Candidates>;
  /** Names of the mapping and of the providers' own lists, for `GET /v1/models`. */
  readonly named: readonly { readonly name: string; readonly provider: string }[];
}

/** Names that were understood are remembered: at most this many, since callers make them up. */
const maxRemembered = 2_000;

export function createModelNames(engine: Engine, options: ModelOptions = {}): ModelNames {
  const { mapping = {}, providers = [] } = options;
  const mapped = new Map(Object.entries(mapping));
  const routed = providers.map((provider) => ({
    ...provider,
    has: provider.models === undefined ? undefined : wildcards(provider.models),
  }));
  const remembered = new Map<string, Candidates>();

  async function find(name: string, modality: Modality): Promise<Candidates> {
    const found = fromMapping(name) ?? await fromProviders(name, modality);
    const [first, ...rest] = found;
    if (first !== undefined) return [first, ...rest];
    if (routed.length > 0) throw notFound(name);
    return [{ model: name }];
  }

  function fromMapping(name: string): readonly Candidate[] | undefined {
    const entry = mapped.get(name);
    if (entry === undefined) return undefined;
    const order = [...routed.map((provider) => provider.name), ...Object.keys(entry)];
    return [...new Set(order)].flatMap((provider) => {
      const model = entry[provider];
      return model === undefined ? [] : [{ provider, model: deployed(provider, model) }];
    });
  }

  /** `provider/model` names its target; a bare name is asked for wherever one of the providers has it. */
  async function fromProviders(name: string, modality: Modality): Promise<readonly Candidate[]> {
    const slash = name.indexOf("/");
    const prefix = slash === -1 ? "" : name.slice(0, slash);
    const named = routed.find((provider) => provider.name === prefix);
    if (named !== undefined) {
      const model = name.slice(slash + 1);
      if (await offers(named, model, modality)) return [{ provider: prefix, model: deployed(prefix, model) }];
      throw notFound(name);
    }
    const offering: Candidate[] = [];
    for (const provider of routed) {
      if (!await offers(provider, name, modality)) continue;
      offering.push({ provider: provider.name, model: deployed(provider.name, name) });
    }
    return offering;
  }

  async function offers(
    provider: typeof routed[number],
    model: string,
    modality: Modality,
  ): Promise<boolean> {
    if (provider.deployments?.[model] !== undefined) return true;
    if (provider.has !== undefined) return provider.has(model);
    const { providers, catalog } = engine.opened;
    const { provider: { models, modalities }, vendor } = await providers.get(provider.name);
    if (!modalities.includes(modality)) return false;
    await catalog.ensure(vendor);
    return models === "open" || catalog.find(vendor, modality, model) !== undefined;
  }

  function deployed(provider: string, model: string): string {
    return routed.find(({ name }) => name === provider)?.deployments?.[model] ?? model;
  }

  const named = [
    ...[...mapped].map(([name, entry]) => ({ name, provider: Object.keys(entry)[0] ?? "" })),
    ...routed.flatMap((provider) => listed(provider).map((name) => ({ name, provider: provider.name }))),
  ];

  function notFound(name: string): Error {
    const suggestions = nearest(name, named.map((one) => one.name));
    const help = suggestions.length > 0
      ? `did you mean ${suggestions.join(", ")}?`
      : "GET /v1/models lists what there is";
    return loomError("model-not-found", `there is no model "${name.slice(0, 200)}"; ${help}`, {
      suggestions,
    });
  }

  return {
    named,
    candidates(name, modality) {
      const key = `${modality} ${name}`;
      return remembered.get(key) ?? find(name, modality).then((found) => {
        if (remembered.size >= maxRemembered) remembered.clear();
        remembered.set(key, found);
        return found;
      });
    },
  };
}

/** The names that a provider's entry says in full. */
function listed({ models = [], deployments = {} }: RoutedProvider): readonly string[] {
  return [...models.filter((name) => !name.includes("*")), ...Object.keys(deployments)];
}
