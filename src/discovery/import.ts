/** Loads one plugin module or manifest file from where a user points to. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { isAbsolute, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import type { Manifest } from "../contract/manifest.ts";
import type { Plugin } from "../contract/plugin.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { importsTypeScript, workingDirectory } from "../runtime/host.ts";
import { checkPlugin } from "./check.ts";

/** What a user gave, loaded. */
export type Loaded =
  | { readonly plugin: Plugin; readonly origin: string }
  | { readonly manifest: Manifest; readonly origin: string };

/**
 * Loads what a name stands for: a path (`./acme.ts`, `./acme.yaml`, a folder's `index.ts` by its full path), a URL, or an
 * npm package. A module may export one plugin or a list of them.
 *
 * @throws LoomError `plugin-invalid`, naming the module and the fix
 */
export async function loadNamed(name: string): Promise<readonly Loaded[]> {
  if (/\.ya?ml$/.test(name)) return [await loadManifest(resolve(name), fileId(name))];
  const module = await importModule(name);
  const exported = (module as { default?: unknown }).default;
  const list = Array.isArray(exported) ? exported : [exported];
  if (list.length === 0) throw invalid(name, "exports an empty list; export one plugin or several");
  return list.map((one) => ({ plugin: checkPlugin(one, name), origin: name }));
}

/** Reads a manifest. Its id is the file's name. */
export async function loadManifest(file: string, id: string, allowHttp = false): Promise<Loaded> {
  const [{ parseDocument }, { parseManifest }] = await Promise.all([
    import("yaml"),
    import("./manifest-schema.ts"),
  ]);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw invalid(file, "cannot be read", cause);
  }
  const document = parseDocument(text, { prettyErrors: true });
  const [fault] = document.errors;
  if (fault !== undefined) throw invalid(file, `is not YAML: ${fault.message}`, fault);
  return { manifest: parseManifest(id, document.toJS(), file, { allowHttp }), origin: file };
}

/** `plugins/providers/deepseek.yaml` -> `deepseek` */
export function fileId(file: string): string {
  return (file.split(/[\\/]/).at(-1) ?? file).replace(/\.[^.]+$/, "");
}

/** Imports one plugin module and checks its default export. */
export async function loadModule(file: string): Promise<Plugin> {
  const module = await importModule(file);
  return checkPlugin((module as { default?: unknown }).default, file);
}

async function importModule(name: string): Promise<unknown> {
  const isPath = name.startsWith(".") || isAbsolute(name);
  const isUrl = /^[a-z]+:\/\//.test(name) || name.startsWith("npm:") || name.startsWith("jsr:");
  if (/\.[mc]?ts$/.test(name) && !importsTypeScript()) {
    throw invalid(
      name,
      "is TypeScript, which this Node does not import; compile it, use Node 24, or run with tsx or Deno",
    );
  }
  try {
    if (isPath) return await import(pathToFileURL(resolve(name)).href);
    if (isUrl) return await import(name);
    return await importPackage(name);
  } catch (cause) {
    if (LoomError.is(cause)) throw cause;
    const message = cause instanceof Error ? stripVTControlCharacters(cause.message) : String(cause);
    const missing = missingModule(message);
    if (missing === undefined) throw invalid(name, `failed while loading: ${message}`, cause);
    const installable = !isPath && missing === name;
    throw invalid(
      name,
      installable ? `is not installed; run: npm install ${name}` : `cannot find ${missing}`,
      cause,
    );
  }
}

/**
 * What could not be found, in Node's words or in Deno's; `undefined`: it is there, and something else is wrong. The error's
 * code does not tell: Deno says ERR_MODULE_NOT_FOUND of modules that do not parse, too.
 */
function missingModule(message: string): string | undefined {
  const found =
    /Cannot find (?:package|module) '([^']+)'|Module not found "([^"]+)"|Import "([^"]+)" not a dependency/
      .exec(message);
  const missing = found?.[1] ?? found?.[2] ?? found?.[3];
  return missing?.startsWith("file:") ? fileURLToPath(missing) : missing;
}

/** A package of the user's project: looked for from the working directory, which is not always where Loom is installed. */
async function importPackage(name: string): Promise<unknown> {
  const require = createRequire(resolve(workingDirectory(), "package.json"));
  let path: string;
  try {
    path = require.resolve(name);
  } catch {
    return await import(name);
  }
  return await import(pathToFileURL(path).href);
}

function invalid(plugin: string, problem: string, cause?: unknown): Error {
  return loomError("plugin-invalid", `plugin ${plugin} ${problem}`, { plugin }, { cause });
}
