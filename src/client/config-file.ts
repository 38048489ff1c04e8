/** Reads a Loom's options from YAML: the constructor's options in snake_case, with variables filled in. */

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { Catalog } from "../catalog/index.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { processEnvironment } from "../runtime/environment.ts";
import type { Environment } from "../contract/services.ts";
import { checkOptions, type LoomOptions } from "./options.ts";

/** Top-level keys of the same file that belong to the gateway. */
const gatewayKeys = ["ai_gateway", "routes"];

/** Options that only code can give. */
const codeOnly = ["provide"];

/** Below these the keys are names (of variables, headers, providers, params) and stay as they are written. */
const namesBelow = new Set(["api_keys", "headers", "providers", "params"]);

/**
 * Reads a config file. Paths in `plugins` and `catalog` are relative to the file.
 *
 * @throws LoomError `config-invalid`, naming file, line and what was expected
 */
export async function readConfig(
  file: string,
  environment: Environment = processEnvironment(),
): Promise<LoomOptions> {
  const path = resolve(file);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw loomError("config-invalid", `cannot read ${path}`, { path: "", file: path }, { cause });
  }
  return parseConfig(text, path, environment);
}

/** As `readConfig`, from text. */
export function parseConfig(text: string, file: string, environment: Environment): LoomOptions {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const line = fault.linePos?.[0].line ?? 1;
    throw invalid(file, line, "", fault.message.split("\n")[0] ?? "is not YAML");
  }
  const at = (path: readonly string[]) => lineOf(document.contents, path, lines);
  const raw = document.toJS() as unknown;
  if (raw === null || raw === undefined) return {};
  if (typeof raw !== "object" || Array.isArray(raw)) throw invalid(file, 1, "", "must be a map of options");
  const filled = fill(
    raw,
    [],
    environment,
    (path, problem) => invalid(file, at(path), path.join("."), problem),
  );
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(filled as Record<string, unknown>)) {
    if (gatewayKeys.includes(key)) continue;
    if (codeOnly.includes(key)) throw invalid(file, at([key]), key, "can only be given in code");
    options[camel(key)] = camelKeys(value, key);
  }
  resolvePaths(options, dirname(file));
  try {
    checkOptions(options as LoomOptions);
  } catch (error) {
    if (!LoomError.is(error, "config-invalid")) throw error;
    const path = error.data.path.replace(/\[(\d+)\]/g, ".$1").split(".").map(snake);
    throw invalid(file, at(path), error.data.path, error.message.slice(error.data.path.length + 1), error);
  }
  return options as LoomOptions;
}

/** `${VAR}` and `${VAR:-default}` in every string. */
function fill(
  value: unknown,
  path: readonly string[],
  environment: Environment,
  fault: (path: readonly string[], problem: string) => Error,
): unknown {
  if (typeof value === "string") {
    return value.replace(
      /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g,
      (_, name: string, fallback?: string) => {
        const found = environment.get(name) ?? fallback;
        if (found === undefined) {
          throw fault(
            path,
            `needs the variable ${name}, which is not set; set it, or write \${${name}:-default}`,
          );
        }
        return found;
      },
    );
  }
  if (Array.isArray(value)) {
    return value.map((one, index) => fill(one, [...path, String(index)], environment, fault));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, fill(one, [...path, key], environment, fault)]),
  );
}

function camelKeys(value: unknown, under: string): unknown {
  if (Array.isArray(value)) return value.map((one) => camelKeys(one, ""));
  if (typeof value !== "object" || value === null) return value;
  const keep = namesBelow.has(under);
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [keep ? key : camel(key), camelKeys(one, keep ? "" : key)]),
  );
}

function camel(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function snake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function resolvePaths(options: Record<string, unknown>, folder: string): void {
  const { plugins, catalog, pluginFolder } = options;
  if (Array.isArray(plugins)) {
    options["plugins"] = plugins.map((one) =>
      typeof one === "string" && one.startsWith(".") ? resolve(folder, one) : one
    );
  }
  if (typeof catalog === "string") options["catalog"] = Catalog.fromYaml(resolve(folder, catalog));
  if (typeof pluginFolder === "string") options["pluginFolder"] = resolve(folder, pluginFolder);
}

/** The line of the deepest node on the path that is there. */
function lineOf(root: unknown, path: readonly string[], lines: LineCounter): number {
  let node = root as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const key of path) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (pair === undefined) break;
    offset = (pair.key as Node).range?.[0] ?? offset;
    node = pair.value as Node | null;
  }
  return lines.linePos(offset).line;
}

function invalid(file: string, line: number, path: string, problem: string, cause?: unknown): Error {
  return loomError("config-invalid", `${file}:${line}: ${path === "" ? "" : path + " "}${problem}`, {
    path,
    file,
    line,
  }, { cause });
}
