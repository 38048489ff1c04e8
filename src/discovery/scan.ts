/** Finds what the project's own `plugins/` folder holds, without importing any of it. */

import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PluginKind } from "../contract/plugin.ts";
import { loomError } from "../errors/index.ts";
import { folderOfKind, pluginKinds } from "./kinds.ts";

/** One candidate of the folder. */
export interface Found {
  readonly kind: PluginKind;
  readonly id: string;
  readonly file: string;
  readonly manifest: boolean;
}

/**
 * Lists `<folder>/<kind>s/<id>.{ts,js,mjs,yaml}` and `<folder>/<kind>s/<id>/index.{ts,js,mjs}`. A folder that is not there
 * holds nothing; neither does that of Loom's own checkout, whose plugins are the bundled ones.
 */
export async function scanPlugins(folder: string): Promise<readonly Found[]> {
  if (await isLoomItself(dirname(folder))) return [];
  const found: Found[] = [];
  for (const kind of pluginKinds) {
    const place = join(folder, folderOfKind[kind]);
    for (const entry of await entries(place)) {
      if (entry.isDirectory()) {
        const inside = (await entries(join(place, entry.name))).map(({ name }) => name);
        const index = ["index.ts", "index.js", "index.mjs"].find((name) => inside.includes(name));
        if (index !== undefined) {
          found.push({ kind, id: entry.name, file: join(place, entry.name, index), manifest: false });
        }
        continue;
      }
      const match = /^([a-z0-9][\w.-]*?)\.(ts|js|mjs|ya?ml)$/i.exec(entry.name);
      if (match?.[1] === undefined || entry.name.endsWith(".d.ts") || entry.name.startsWith("_")) continue;
      const manifest = /ya?ml$/.test(entry.name);
      if (manifest && kind !== "provider") continue;
      found.push({ kind, id: match[1], file: join(place, entry.name), manifest });
    }
  }
  return found;
}

async function entries(folder: string) {
  const list = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    // Without read permission on Deno there is simply no folder, as with .env.
    const absent = ["ENOENT", "ENOTDIR"].includes(cause.code ?? "") || cause.name === "NotCapable";
    if (absent) return [];
    throw loomError("plugin-invalid", `the plugin folder ${folder} cannot be read: ${cause.message}`, {
      plugin: folder,
    }, { cause });
  });
  return list.filter(({ name }) => !name.startsWith(".")).sort((a, b) => a.name < b.name ? -1 : 1);
}

async function isLoomItself(project: string): Promise<boolean> {
  const text = await readFile(join(project, "package.json"), "utf8").catch(() => "");
  return /^\s*"name":\s*"loom-router"/m.test(text);
}
