/** The providers of one Loom: which there are, and each one made on first use. */

import type { Dialect } from "../contract/dialect.ts";
import type { Manifest } from "../contract/manifest.ts";
import type { Plugin, Use } from "../contract/plugin.ts";
import type { Provider } from "../contract/provider.ts";
import type { Secret } from "../contract/secret.ts";
import type { Environment, Http, Keys } from "../contract/services.ts";
import type { Catalog } from "../catalog/index.ts";
import { checkOptions } from "../discovery/check.ts";
import type { Registry } from "../discovery/registry.ts";
import { loomError } from "../errors/index.ts";
import type { Disposer } from "../kernel/index.ts";
import type { ActiveProvider } from "../middleware/index.ts";
import { manifestProvider } from "./manifest-provider.ts";
import type { ProviderOptions } from "./options.ts";
import { hideSecret } from "./secret.ts";

export interface ProviderSources {
  readonly registry: Registry;
  readonly catalog: Catalog;
  readonly options: Readonly<Record<string, ProviderOptions>>;
  readonly keys: Keys;
  readonly http: Http;
  readonly environment: Environment;
  readonly use: Use;
  readonly disposer: Disposer;
}

/** A provider ready for calls. */
export interface ReadyProvider extends ActiveProvider {
  readonly id: string;
  /** The vendor whose models it has in the catalog: its manifest's or plugin's id. */
  readonly vendor: string;
}

export interface Providers {
  /** Whether a provider of this id can be made; loads nothing. */
  known(id: string): boolean;
  /** Synchronous once it was made. @throws LoomError `model-not-found`, when there is no such provider */
  get(id: string): ReadyProvider | Promise<ReadyProvider>;
  /** Where its key would come from. `not needed`: it works without. Loads nothing but the provider. */
  keyOrigin(
    id: string,
  ): Promise<{ readonly names: readonly string[]; readonly origin: string; readonly optional: boolean }>;
  /** Ids of all providers: configured ones first. */
  ids(): readonly string[];
}

export function createProviders(sources: ProviderSources): Providers {
  const { registry, catalog, options, keys } = sources;
  const ready = new Map<string, ReadyProvider>();
  const making = new Map<string, Promise<ReadyProvider>>();

  /** Vendors registered with the catalog may come at any time, so they are looked for at each miss. */
  function manifest(vendor: string): Manifest | undefined {
    const known = registry.manifest(vendor);
    if (known !== undefined) return known;
    const added = catalog.manifests.find(({ id }) => id === vendor);
    if (added !== undefined) registry.addManifest(added, "catalog.registerOpenAICompatible");
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
    if (!known(id)) {
      throw loomError("model-not-found", `there is no provider "${id}"; known are ${ids().join(", ")}`, {}, {
        provider: id,
      });
    }
    const own = options[id] ?? {};
    const found = manifest(vendor);
    const provider = found === undefined ? await fromPlugin(vendor, own) : await fromManifest(found, own);
    const made: ReadyProvider = { id, vendor, provider, ...keyFunctions(id, provider, own.apiKey) };
    ready.set(id, made);
    sources.disposer.add(provider);
    return made;
  }

  async function fromManifest(found: Manifest, own: ProviderOptions): Promise<Provider> {
    const dialect = await makePlugin<"dialect">(
      await registry.plugin("dialect", found.dialect),
      {},
      found.dialect,
    ) as Dialect;
    return manifestProvider(found, dialect.codec(found), sources.http, sources.environment, own);
  }

  async function fromPlugin(vendor: string, own: ProviderOptions): Promise<Provider> {
    const plugin = await registry.plugin("provider", vendor);
    return await makePlugin<"provider">(plugin, own.options ?? {}, `providers.${vendor}.options`) as Provider;
  }

  function makePlugin<K extends "dialect" | "provider">(
    plugin: Plugin,
    given: Readonly<Record<string, unknown>>,
    path: string,
  ) {
    return (plugin as unknown as Plugin<K>).make(sources.use, checkOptions(plugin, given, path));
  }

  function keyFunctions(
    id: string,
    { key }: Provider,
    apiKey: string | undefined,
  ): Omit<ActiveProvider, "provider"> {
    if (apiKey !== undefined) {
      const secret: Secret = hideSecret(apiKey);
      return { key: () => secret, keyRejected: () => false };
    }
    if (key === undefined) return { key: () => undefined, keyRejected: () => false };
    const want = { provider: id, optional: key.optional ?? false };
    return { key: () => keys.find(key.names, want), keyRejected: () => keys.reject(key.names) };
  }

  function ids(): readonly string[] {
    const listed = registry.list().filter(({ kind }) => kind === "provider").map(({ id }) => id).sort();
    return [...new Set([...Object.keys(options), ...catalog.manifests.map(({ id }) => id), ...listed])];
  }

  return {
    known,
    get,
    ids,
    async keyOrigin(id) {
      const { provider: { key } } = await get(id);
      if (key === undefined) return { names: [], origin: "not needed", optional: true };
      const origin = options[id]?.apiKey === undefined ? keys.origin(key.names) : "code";
      return { names: key.names, origin, optional: key.optional ?? false };
    },
  };
}
