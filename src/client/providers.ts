/** The providers of one Loom: which there are, and each one made on first use. */

import type { Manifest } from "../contract/manifest.ts";
import type { Plugin, Use } from "../contract/plugin.ts";
import type { Provider } from "../contract/provider.ts";
import type { Clock, Dialects, Environment, Http, Keys } from "../contract/services.ts";
import type { Catalog } from "../catalog/index.ts";
import type { Registry } from "../discovery/registry.ts";
import { loomError } from "../errors/index.ts";
import type { Disposer } from "../kernel/index.ts";
import type { ActiveProvider } from "../middleware/index.ts";
import type { PatientStore } from "./accounts/patient-store.ts";
import { accountsOrigin, type ProviderAccounts, providerAccounts } from "./accounts/provider-accounts.ts";
import { makePlugin } from "./make-plugin.ts";
import { manifestProvider } from "./manifest-provider.ts";
import type { ProviderOptions } from "./options.ts";
import { nearest } from "../util/nearest.ts";

export interface ProviderSources {
  readonly registry: Registry;
  readonly catalog: Catalog;
  readonly options: Readonly<Record<string, ProviderOptions>>;
  readonly keys: Keys;
  readonly clock: Clock;
  /** Shares accounts with other processes. Absent: each is on its own. */
  readonly store?: PatientStore | undefined;
  readonly http: Http;
  readonly environment: Environment;
  readonly dialects: Dialects;
  readonly use: Use;
  readonly disposer: Disposer;
}

/** A provider ready for calls. */
export interface ReadyProvider extends ActiveProvider, Pick<ProviderAccounts, "accounts"> {
  readonly id: string;
  /** The vendor whose models it has in the catalog: its manifest's or plugin's id. */
  readonly vendor: string;
}

export interface KeyOrigin {
  readonly names: readonly string[];
  /** `code`, `environment`, `vault`, `missing` or `not needed`. */
  readonly origin: string;
  readonly optional: boolean;
  /** What it works with where there is no key. */
  readonly credentials?: string;
}

export interface Providers {
  /** Whether a provider of this id can be made; loads nothing. */
  known(id: string): boolean;
  /** Synchronous once it was made. @throws LoomError `model-not-found`, when there is no such provider */
  get(id: string): ReadyProvider | Promise<ReadyProvider>;
  /** Where its key would come from. `not needed`: it works without. Loads nothing but the provider. */
  keyOrigin(id: string): Promise<KeyOrigin>;
  /** Ids of all providers: configured ones first. */
  ids(): readonly string[];
}

/** What every provider can be told, a plugin in code as a part of its options. */
function changesOf({ baseUrl, headers, timeouts, models }: ProviderOptions): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries({ baseUrl, headers, timeouts, models }).filter(([, value]) => value !== undefined),
  );
}

export function createProviders(sources: ProviderSources): Providers {
  const { registry, catalog, options, keys } = sources;
  const ready = new Map<string, ReadyProvider>();
  const making = new Map<string, Promise<ReadyProvider>>();

  /** Vendors registered with the catalog may come at any time, so they are looked for at each miss. */
  function manifest(vendor: string): Manifest | undefined {
    const known = registry.manifest(vendor);
    const added = catalog.manifests.find(({ id }) => id === vendor);
    if (added === undefined || added === known) return known;
    registry.addManifest(added, "catalog.registerOpenAICompatible");
    return added;
  }

  function vendorOf(id: string): string {
    return options[id]?.type ?? id;
  }

  function known(id: string): boolean {
    const vendor = vendorOf(id);
    return manifest(vendor) !== undefined || registry.has("provider", vendor);
  }

  function get(id: string): ReadyProvider | Promise<ReadyProvider> {
    const provider = ready.get(id);
    if (provider !== undefined) return provider;
    let promise = making.get(id);
    if (promise === undefined) {
      promise = make(id).finally(() => making.delete(id));
      making.set(id, promise);
    }
    return promise;
  }

  async function make(id: string): Promise<ReadyProvider> {
    const vendor = vendorOf(id);
    if (!known(id)) throw unknown(id, vendor);
    const own = options[id] ?? {};
    const found = manifest(vendor);
    const provider = found === undefined
      ? await fromPlugin(id, vendor, own)
      : await fromManifest(id, found, own);
    const accounts = providerAccounts(id, provider.key, own, sources);
    const made: ReadyProvider = {
      id,
      vendor: provider.catalog ?? vendor,
      provider,
      ...accounts,
    };
    ready.set(id, made);
    sources.disposer.add(provider);
    sources.disposer.add(accounts);
    return made;
  }

  async function fromManifest(id: string, found: Manifest, own: ProviderOptions): Promise<Provider> {
    refuse(id, own, ["options"], "is for plugins in code; a manifest takes no options");
    const codec = (await sources.dialects.get(found.dialect)).codec(found);
    const media = found.media === undefined ? {} : { media: () => sources.dialects.get("media") };
    return manifestProvider(found, { codec, ...media }, sources.http, sources.environment, own);
  }

  async function fromPlugin(id: string, vendor: string, own: ProviderOptions): Promise<Provider> {
    const plugin = await registry.plugin("provider", vendor) as unknown as Plugin<"provider">;
    const changes = changesOf(own);
    return await makePlugin(
      plugin,
      { ...own.options, ...changes },
      (option) => option in changes ? `providers.${id}` : `providers.${id}.options`,
      sources.use,
    );
  }

  /** Nobody has this name: the caller mistyped it, or the configuration describes a provider without saying what it is. */
  function unknown(id: string, vendor: string): Error {
    const others = ids().filter((other) => options[other] === undefined || other !== id);
    const near = nearest(vendor, others);
    const help = near.length > 0 ? `did you mean ${near.join(", ")}?` : `known are ${others.join(", ")}`;
    if (options[id] === undefined) {
      return loomError("model-not-found", `there is no provider "${id}"; ${help}`, { suggestions: near }, {
        provider: id,
      });
    }
    const path = options[id].type === undefined ? `providers.${id}` : `providers.${id}.type`;
    const message = options[id].type === undefined
      ? `${path} is no provider that Loom knows: say which one it is with type, or put a manifest into plugins/providers/; ${help}`
      : `${path}: there is no provider "${vendor}"; ${help}`;
    return loomError("config-invalid", message, { path }, { provider: id });
  }

  function ids(): readonly string[] {
    const listed = registry.list().filter(({ kind }) => kind === "provider").map(({ id }) => id).sort();
    return [...new Set([...Object.keys(options), ...catalog.manifests.map(({ id }) => id), ...listed])];
  }

  /** What would have no effect is refused rather than overlooked. */
  function refuse(
    id: string,
    own: ProviderOptions,
    fields: readonly (keyof ProviderOptions)[],
    problem: string,
  ): void {
    const field = fields.find((one) => own[one] !== undefined);
    if (field === undefined) return;
    const path = `providers.${id}.${field}`;
    throw loomError("config-invalid", `${path} ${problem}`, { path });
  }

  return {
    known,
    get,
    ids,
    async keyOrigin(id) {
      const { provider: { key, credentials } } = await get(id);
      const instead = credentials === undefined ? {} : { credentials };
      const { accounts, apiKey } = options[id] ?? {};
      const optional = key?.optional ?? false;
      if (accounts !== undefined) return { ...accountsOrigin(accounts, keys), optional };
      if (key === undefined) return { names: [], origin: "not needed", optional: true, ...instead };
      const origin = apiKey === undefined ? keys.origin(key.names) : "code";
      return { names: key.names, origin, optional, ...instead };
    },
  };
}
