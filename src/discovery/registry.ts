/** All plugins one Loom knows: given ones, the project's own folder, the bundled ones. Code loads on first use. */

import { resolve } from "node:path";
import type { Manifest } from "../contract/manifest.ts";
import type { Plugin, PluginKind } from "../contract/plugin.ts";
import { loomError } from "../errors/index.ts";
import { checkPlugin } from "./check.ts";
import { fileId, loadManifest, loadModule, loadNamed } from "./import.ts";
import { folderOfKind } from "./kinds.ts";
import { checkManifestSafety } from "./manifest-safety.ts";
import { scanPlugins } from "./scan.ts";
import { once } from "../util/once.ts";

/** The bundled plugins, from the generated index. */
export interface Bundle {
  readonly manifests: Readonly<Record<string, Manifest>>;
  /** `kind/id` -> import. */
  readonly plugins: Readonly<Record<string, () => Promise<{ readonly default: unknown }>>>;
}

export interface RegistrySources {
  /** Plugins given in code or config: objects, or names to load. */
  readonly given: readonly (Plugin | string)[];
  /** The project's folder; `false`: none. */
  readonly folder: string | false;
  readonly bundle: Bundle;
}

interface Entry {
  readonly kind: PluginKind;
  readonly id: string;
  readonly origin: string;
  readonly manifest?: Manifest;
  readonly load?: () => Promise<Plugin>;
}

/** What `loom doctor` shows of a plugin. */
export interface PluginListing {
  readonly kind: PluginKind;
  readonly id: string;
  readonly origin: string;
  readonly manifest: boolean;
}

/** Looks plugins up by kind and id. */
export interface Registry {
  manifest(id: string): Manifest | undefined;
  /** @throws LoomError `plugin-invalid`, when there is none, naming those there are */
  plugin(kind: PluginKind, id: string): Promise<Plugin>;
  has(kind: PluginKind, id: string): boolean;
  /** Plugins given explicitly of one kind, which join without being named again. */
  given(kind: PluginKind): readonly Plugin[];
  /** Adds a vendor at run time. @throws LoomError `plugin-invalid`, when the id is taken */
  addManifest(manifest: Manifest, origin: string): void;
  list(): readonly PluginListing[];
}

/** Finds, checks and registers. @throws LoomError `plugin-invalid`, on the first plugin that cannot be used */
export async function createRegistry(sources: RegistrySources): Promise<Registry> {
  const entries = new Map<string, Entry>();
  const givenPlugins: Plugin[] = [];

  function add(entry: Entry): void {
    const key = `${entry.kind}/${entry.id}`;
    const other = entries.get(key);
    if (other !== undefined) {
      throw loomError(
        "plugin-invalid",
        `two plugins are called ${key}: one from ${other.origin}, one from ${entry.origin}; rename or remove one`,
        { plugin: key },
      );
    }
    entries.set(key, entry);
  }

  function addManifest(manifest: Manifest, origin: string): void {
    checkManifestSafety(manifest, origin, sources.bundle.manifests);
    add({ kind: "provider", id: manifest.id, origin, manifest });
  }

  for (const [id, manifest] of Object.entries(sources.bundle.manifests)) {
    add({ kind: "provider", id, origin: "bundled", manifest });
  }
  for (const [key, load] of Object.entries(sources.bundle.plugins)) {
    const [kind, id] = key.split("/") as [PluginKind, string];
    add({ kind, id, origin: "bundled", load: once(async () => checkPlugin((await load()).default, key)) });
  }
  for (const one of sources.given) {
    const loaded = typeof one === "string"
      ? await loadNamed(one)
      : [{ plugin: checkPlugin(one, "given in code"), origin: "code" }];
    for (const item of loaded) {
      if ("manifest" in item) addManifest(item.manifest, item.origin);
      else {
        const { plugin, origin } = item;
        givenPlugins.push(plugin);
        add({ kind: plugin.kind, id: plugin.id, origin, load: () => Promise.resolve(plugin) });
      }
    }
  }
  const scanned = sources.folder === false ? [] : await scanPlugins(resolve(sources.folder));
  for (const found of scanned) {
    const { kind, id, file } = found;
    if (found.manifest) {
      const loaded = await loadManifest(file, fileId(file));
      if ("manifest" in loaded) addManifest(loaded.manifest, file);
    } else add({ kind, id, origin: file, load: once(() => loadFromFolder(found)) });
  }

  return {
    manifest: (id) => entries.get(`provider/${id}`)?.manifest,
    has: (kind, id) => entries.has(`${kind}/${id}`),
    async plugin(kind, id) {
      const entry = entries.get(`${kind}/${id}`);
      if (entry?.load === undefined) {
        const names = [...entries.values()].filter((other) => other.kind === kind).map((other) => other.id);
        throw loomError(
          "plugin-invalid",
          `there is no ${kind} "${id}"; known are ${
            names.length === 0 ? "none" : names.sort().join(", ")
          }. ` +
            `Give it in plugins: [...], or put it into plugins/${folderOfKind[kind]}/`,
          { plugin: `${kind}/${id}` },
        );
      }
      return await entry.load();
    },
    given: (kind) => givenPlugins.filter((plugin) => plugin.kind === kind),
    addManifest,
    list: () =>
      [...entries.values()].map(({ kind, id, origin, manifest }) => ({
        kind,
        id,
        origin,
        manifest: manifest !== undefined,
      })),
  };
}

/** A folder's plugin says kind and id twice, by path and in code; they must agree. */
async function loadFromFolder(
  { kind, id, file }: { kind: PluginKind; id: string; file: string },
): Promise<Plugin> {
  const plugin = await loadModule(file);
  if (plugin.kind !== kind || plugin.id !== id) {
    throw loomError(
      "plugin-invalid",
      `plugin ${file} calls itself ${plugin.kind} "${plugin.id}", but its path says ${kind} "${id}"; make them agree`,
      { plugin: file },
    );
  }
  return plugin;
}
