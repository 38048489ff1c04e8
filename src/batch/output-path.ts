/** Where the answers of a dataset go when nobody says: beside it, under a name that says who answered. */

import { basename, dirname, join } from "node:path";

/** `data.csv.gz` asked of openai's `a/b` becomes `data_results_openai_a_b.csv`. */
export function outputPath(file: string, provider: string, model: string): string {
  const plain = basename(file).replace(/\.gz$/i, "");
  const dot = plain.lastIndexOf(".");
  const [name, extension] = dot <= 0 ? [plain, ""] : [plain.slice(0, dot), plain.slice(dot)];
  return join(dirname(file), `${name}_results_${safeName(provider)}_${safeName(model)}${extension}`);
}

/** Letters, digits, `.`, `-` and `_`; everything else becomes `_`. */
export function safeName(text: string): string {
  return text.replace(/[^\p{L}\p{N}._-]/gu, "_");
}
