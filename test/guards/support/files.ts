/** The project's files, as the guards see them: everything that is not installed, built or private to a machine. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Address of the project's folder, ending in `/`. */
export const root: URL = new URL("../../../", import.meta.url);

/** What .gitignore names; hidden folders but `.ci` are left out too. */
const outside = new Set(["node_modules", "dist", "coverage", ".git", ".loom", ".env", ".DS_Store"]);
const passing = /\.(?:log|tgz)$/;

const texts = new Map<string, string>();

/** The text of a file, by its path from the project's folder. */
export function read(path: string): string {
  const known = texts.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(new URL(path, root), "utf8");
  texts.set(path, text);
  return text;
}

/** Paths of all files in a folder (`""`: the project), below it too, in order; `ending` such as `.ts` chooses among them. */
export function filesIn(folder: string, ending = ""): readonly string[] {
  const found: string[] = [];
  visit(folder === "" ? "" : `${folder}/`, found);
  return found.filter((path) => path.endsWith(ending)).sort();
}

function visit(prefix: string, found: string[]): void {
  for (const entry of list(prefix)) {
    if (outside.has(entry.name) || passing.test(entry.name)) continue;
    const path = prefix + entry.name;
    if (entry.isDirectory()) visit(`${path}/`, found);
    else if (entry.isFile()) found.push(path);
  }
}

/** A folder that does not exist has no files. */
function list(prefix: string) {
  try {
    return readdirSync(fileURLToPath(new URL(`./${prefix}`, root)), { withFileTypes: true });
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return [];
    throw error;
  }
}

/** Number of lines, as editors count them. */
export function lineCount(text: string): number {
  return text === "" ? 0 : text.replace(/\n$/, "").split("\n").length;
}

/** The line, from 1, of a position in a text. */
export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split("\n").length;
}
