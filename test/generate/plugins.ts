/** Writes the index of the plugins that ship: manifests as data, code plugins as imports that run on first use. */

import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Manifest } from "../../src/contract/manifest.ts";
import type { PluginKind } from "../../src/contract/plugin.ts";
import { parseManifest } from "../../src/discovery/manifest-schema.ts";

const root = new URL("../../plugins/", import.meta.url);

/** Folder of each kind. The rest of the path is the plugin's id. */
const folders: Readonly<Record<string, PluginKind>> = {
  caches: "cache",
  dialects: "dialect",
  guards: "guard",
  middleware: "middleware",
  providers: "provider",
  sinks: "sink",
  stores: "store",
  strategies: "strategy",
  vaults: "vault",
};

/** What is in the `plugins/` folder. */
export interface PluginTree {
  /** By id, in the order of ids. */
  readonly manifests: Readonly<Record<string, Manifest>>;
  /** `kind/id` -> path under `plugins/`, in order. */
  readonly modules: Readonly<Record<string, string>>;
}

/** Reads a `plugins/` folder. @throws when a manifest is wrong, or when two plugins have the same kind and id */
export async function readPlugins(from: URL = root): Promise<PluginTree> {
  const manifests: Record<string, Manifest> = {};
  const modules: Record<string, string> = {};
  for (const [folder, kind] of Object.entries(folders)) {
    for (const entry of await entries(new URL(`${folder}/`, from))) {
      const { name } = entry;
      if (name.startsWith("_") || name.startsWith(".")) continue;
      const path = `${folder}/${name}`;
      if (entry.isDirectory()) {
        const inner = await entries(new URL(`${path}/`, from));
        if (inner.length === 0) continue; // Git keeps no empty folders, so neither does the index.
        if (!inner.some((file) => file.name === "index.ts")) {
          throw new Error(`plugins/${path} has no index.ts`);
        }
        modules[`${kind}/${name}`] = `${path}/index.ts`;
      } else if (name.endsWith(".ts")) modules[`${kind}/${name.slice(0, -".ts".length)}`] = path;
      else if (kind === "provider" && name.endsWith(".yaml")) {
        const id = name.slice(0, -".yaml".length);
        const text = await readFile(new URL(path, from), "utf8");
        manifests[id] = parseManifest(id, parse(text), `plugins/${path}`);
      } else throw new Error(`plugins/${path} is neither a plugin nor a manifest`);
    }
  }
  for (const id of Object.keys(manifests)) {
    if (modules[`provider/${id}`] !== undefined) {
      throw new Error(`provider ${id} is both a manifest and a module`);
    }
  }
  return { manifests: sorted(manifests), modules: sorted(modules) };
}

/** Path from the root of the repository -> text of the file. */
export async function generatePlugins(): Promise<Record<string, string>> {
  const { manifests, modules } = await readPlugins();
  const imports = Object.entries(modules).map(([key, path]) =>
    `  ${JSON.stringify(key)}: () => import("./${path}"),\n`
  );
  const text = `/** The plugins that ship. Made by \`npm run generate\`; a test keeps it fresh. */
// deno-fmt-ignore-file

import type { Manifest } from "../src/plugin.ts";

/** Vendors that are data, by id, checked when this file was made. */
export const manifests: Readonly<Record<string, Manifest>> = ${JSON.stringify(manifests, undefined, 2)};

/** Code plugins as \`kind/id\`; each loads on first use. */
export const plugins: Readonly<Record<string, () => Promise<{ readonly default: unknown }>>> = {
${imports.join("")}};
`;
  return { "plugins/_index.ts": text };
}

async function entries(folder: URL) {
  try {
    return await readdir(fileURLToPath(folder), { withFileTypes: true });
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return [];
    throw error;
  }
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1)));
}
