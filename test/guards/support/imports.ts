/** Reads what files import, and the graph that comes of it. */

import { filesIn, lineAt } from "./files.ts";
import { type Source, source } from "./source.ts";

export interface Import {
  /** `static` runs with the importer, `dynamic` when it is reached, `type` never; `computed` names no module in the source. */
  readonly kind: "static" | "type" | "dynamic" | "computed";
  /** As it is written; empty when computed. */
  readonly specifier: string;
  readonly line: number;
}

const declared = /(?<![\w$.])(import|export)\s+(type\s+)?([\w$\s{},*]*?)\s*\bfrom\s*(["'])/g;
const bareImport = /(?<![\w$.])import\s*(["'])/g;
const called = /(typeof\s+)?(?<![\w$.#])import\s*\(\s*(["'`])?/g;

/** Everything that a source imports, in the order of forms: declarations, side effects, calls. */
export function scanImports({ code, bare }: Source): readonly Import[] {
  const found: Import[] = [];
  const add = (kind: Import["kind"], position: number, start: number) => {
    const end = bare.indexOf(bare[start - 1] ?? '"', start);
    const specifier = kind === "computed" ? "" : code.slice(start, end);
    const computed = specifier.includes("${");
    found.push({
      kind: computed ? "computed" : kind,
      specifier: computed ? "" : specifier,
      line: lineAt(bare, position),
    });
  };
  for (const match of bare.matchAll(declared)) {
    add(match[2] === undefined ? "static" : "type", match.index, match.index + match[0].length);
  }
  for (const match of bare.matchAll(bareImport)) add("static", match.index, match.index + match[0].length);
  for (const match of bare.matchAll(called)) {
    const start = match.index + match[0].length;
    if (match[2] === undefined) {
      add("computed", match.index, start);
      continue;
    }
    const after = bare.slice(bare.indexOf(match[2], start) + 1);
    const isType = match[1] !== undefined || /^\s*\)\s*\.\s*[A-Z]/.test(after);
    add(isType ? "type" : "dynamic", match.index, start);
  }
  return found;
}

/** The path, from the project's folder, that a relative specifier names. */
export function resolveFrom(path: string, specifier: string): string {
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

export const isRelative = (specifier: string): boolean => specifier.startsWith(".");

/** `@scope/name/deep` -> `@scope/name`; `node:fs/promises` -> `node:*`. */
export function packageOf(specifier: string): string {
  if (specifier.startsWith("node:")) return "node:*";
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Everything of the runtime and its plugins: path -> imports. */
export function importMap(): ReadonlyMap<string, readonly Import[]> {
  const paths = [...filesIn("src", ".ts"), ...filesIn("plugins", ".ts"), ...filesIn("catalog", ".ts")];
  return new Map(paths.map((path) => [path, scanImports(source(path))]));
}

/** What importing one file runs. */
export interface Reach {
  readonly files: readonly string[];
  /** Specifiers of packages, with a file that imports each. */
  readonly packages: ReadonlyMap<string, string>;
  /** How a file is reached, for messages: `a.ts <- b.ts <- start.ts`. */
  chain(path: string): string;
}

/** Follows the static imports from `start` on. */
export function reachedFrom(start: string, files: ReadonlyMap<string, readonly Import[]>): Reach {
  const importers = new Map<string, string>([[start, ""]]);
  const packages = new Map<string, string>();
  for (const path of importers.keys()) {
    for (const { kind, specifier } of files.get(path) ?? []) {
      if (kind !== "static") continue;
      if (!isRelative(specifier)) packages.set(specifier, path);
      else if (!importers.has(resolveFrom(path, specifier))) {
        importers.set(resolveFrom(path, specifier), path);
      }
    }
  }
  const chain = (path: string): string => {
    const from = importers.get(path);
    return from === undefined || from === "" ? path : `${path} <- ${chain(from)}`;
  };
  return { files: [...importers.keys()], packages, chain };
}
