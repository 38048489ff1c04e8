/** The first line of a CSV file: what separates its values, and how the columns are called. */

import { fileFault } from "../faults.ts";

const separators = [",", ";", "\t"] as const;

/**
 * What separates values: of comma, semicolon and tab the one that stands most often outside quotes in the first line that
 * is not blank; a comma where there is none.
 *
 * @returns `undefined` while that line is not complete
 */
export function delimiterOf(text: string, isAll: boolean): string | undefined {
  const counts = [0, 0, 0];
  let quoted = false;
  let fresh = true;
  let blank = true;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (quoted) {
      if (char !== '"') continue;
      if (text[at + 1] === '"') at++;
      else quoted = false;
    } else if (char === "\n") {
      if (!blank) return mostFrequent(counts);
    } else if (char !== "\r") {
      const separator = separators.findIndex((one) => one === char);
      if (separator !== -1) counts[separator] = (counts[separator] ?? 0) + 1;
      quoted = char === '"' && fresh;
      fresh = separator !== -1;
      blank = false;
    }
  }
  return isAll ? mostFrequent(counts) : undefined;
}

function mostFrequent(counts: readonly number[]): string {
  return separators[counts.indexOf(Math.max(...counts))] ?? ",";
}

/** One column may be nameless, as the index that pandas writes is. @throws LoomError `invalid-request` */
export function checkedHeader(file: string, line: number, names: readonly string[]): readonly string[] {
  const place = `the header (line ${line})`;
  if (names.every((name) => name.trim() === "")) throw fileFault(file, `${place} names no columns`);
  if (names.some((name) => name.includes("\0"))) {
    throw fileFault(file, `${place} is no text; a dataset is UTF-8, so convert it, for example with iconv`);
  }
  if (names.some((name) => /\r(?!\n)/.test(name))) {
    throw fileFault(file, `${place} has carriage returns without line feeds; end lines with LF or CRLF`);
  }
  const seen = new Map<string, number>();
  for (const [at, name] of names.entries()) {
    const before = seen.get(name);
    if (before !== undefined) {
      const both = `columns ${before + 1} and ${at + 1}`;
      const named = name === "" ? `${both} have no name` : `${both} are both named ${JSON.stringify(name)}`;
      throw fileFault(file, `in ${place} ${named}; names must differ`);
    }
    seen.set(name, at);
  }
  return names;
}
