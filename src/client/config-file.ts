/** Reads a Loom's options from YAML: the constructor's options in snake_case, with variables filled in. */

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Document, LineCounter, parseDocument } from "yaml";
import { Catalog } from "../catalog/index.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { processEnvironment } from "../runtime/environment.ts";
import type { Environment } from "../contract/services.ts";
import { checkOptions, type LoomOptions } from "./options.ts";
import { camelCase, type Place, placeOf, snakeCase, stepsOf } from "./yaml-place.ts";

/** Top-level keys of the same file that belong to the gateway. */
const gatewayKeys = ["ai_gateway", "routes"];

/** Options that only code can give. */
const codeOnly = ["provide"];

/** Below these the keys are names (of variables, headers, providers) and stay as they are written. */
const namesBelow = new Set(["api_keys", "headers", "providers"]);

/** Below these everything is the vendor's, or names of the caller's data, and stays as it is written, to any depth. */
const foreignBelow = new Set(["params", "schema"]);

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
    throw invalid(file, { path: "", line }, fault.message.split("\n")[0] ?? "is not YAML");
  }
  const at = (steps: Steps) => placeOf(document.contents, steps, lines);
  const raw = plain(document, file);
  if (raw === null || raw === undefined) return {};
  if (typeof raw !== "object" || Array.isArray(raw)) throw invalid(file, at([]), "must be a map of options");
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(raw)) {
    if (gatewayKeys.includes(key)) continue;
    if (codeOnly.includes(key)) throw invalid(file, at([key]), "can only be given in code");
    const filled = fill(value, [key], environment, (steps, problem) => invalid(file, at(steps), problem));
    options[camelCase(key)] = camelKeys(filled, key);
  }
  resolvePaths(options, dirname(file));
  try {
    checkOptions(options as LoomOptions);
  } catch (error) {
    if (!LoomError.is(error, "config-invalid")) throw error;
    const { path } = error.data;
    throw invalid(file, at(stepsOf(path)), inFileWords(error.message.slice(path.length + 1)), error);
  }
  return options as LoomOptions;
}

type Steps = readonly (string | number)[];

function plain(document: Document, file: string): unknown {
  try {
    return document.toJS() as unknown;
  } catch (cause) {
    // Aliases that refer to nothing, or that would grow without end.
    throw invalid(file, { path: "", line: 1 }, `cannot be read: ${(cause as Error).message}`, cause);
  }
}

/** Lists of names are given as they are written in files. */
function inFileWords(problem: string): string {
  return problem.replace(/; (?:options|fields|deadlines) are .*$/, (list) => snakeCase(list));
}

/** `${VAR}` and `${VAR:-default}` in one text. @throws what `fault` makes */
export function fillText(
  text: string,
  environment: Environment,
  fault: (problem: string) => Error,
): string {
  return text.replace(
    /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g,
    (_, name: string, fallback?: string) => {
      const found = environment.get(name) ?? fallback;
      if (found === undefined) {
        const fix = `set it, or write \${${name}:-default}`;
        throw fault(`needs the variable ${name}, which is not set; ${fix}`);
      }
      return found;
    },
  );
}

/** In every string. */
function fill(
  value: unknown,
  steps: Steps,
  environment: Environment,
  fault: (steps: Steps, problem: string) => Error,
): unknown {
  if (typeof value === "string") return fillText(value, environment, (problem) => fault(steps, problem));
  if (Array.isArray(value)) {
    return value.map((one, index) => fill(one, [...steps, index], environment, fault));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, fill(one, [...steps, key], environment, fault)]),
  );
}

/** @param under the key that the value stands below; some hold names that are no options */
export function camelKeys(value: unknown, under: string): unknown {
  if (foreignBelow.has(under)) return value;
  if (Array.isArray(value)) return value.map((one) => camelKeys(one, ""));
  if (typeof value !== "object" || value === null) return value;
  const keep = namesBelow.has(under);
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [keep ? key : camelCase(key), camelKeys(one, keep ? "" : key)]),
  );
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

function invalid(file: string, { path, line }: Place, problem: string, cause?: unknown): Error {
  return loomError(
    "config-invalid",
    `${file}:${line}: ${path === "" ? "" : path + " "}${problem}`,
    { path, file, line },
    { cause },
  );
}
