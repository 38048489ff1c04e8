/** Tells code from comments and from the insides of strings, so that guards look for words in the right one of the three. */

import { read } from "./files.ts";

/** One source, three ways; positions agree, because what is left out became blanks. */
export interface Source {
  /** Without comments. */
  readonly code: string;
  /** Without comments and without the insides of strings, templates and regular expressions. */
  readonly bare: string;
}

const sources = new Map<string, Source>();

/** A file of the project, split. */
export function source(path: string): Source {
  const known = sources.get(path);
  if (known !== undefined) return known;
  const split = splitSource(read(path));
  sources.set(path, split);
  return split;
}

/** Before a slash that divides stands a value; before one that begins a regular expression, one of these. */
const beforeRegex =
  /(?:^|[(,=:[!&|?{;+\-*%~^<>]|\b(?:return|typeof|case|in|of|await|yield|void|do|else))\s*$/;
const wholeRegex = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

export function splitSource(text: string): Source {
  let code = "";
  let bare = "";
  let at = 0;
  /** For each open template, how many braces of its current `${}` are open. */
  const templates: number[] = [];
  const take = (length: number, inCode: boolean, inBare: boolean) => {
    const piece = text.slice(at, at + length);
    const blank = inCode && inBare ? "" : piece.replace(/[^\n]/g, " ");
    code += inCode ? piece : blank;
    bare += inBare ? piece : blank;
    at += length;
  };
  const inside = (length: number) => {
    if (length > 0) take(length, true, false);
  };
  const template = () => {
    const from = at;
    let end = at;
    while (end < text.length && text[end] !== "`" && !text.startsWith("${", end)) {
      end += text[end] === "\\" ? 2 : 1;
    }
    inside(end - from);
    if (text[at] === "`") return take(1, true, true);
    if (at >= text.length) return;
    take(2, true, true);
    templates.push(0);
  };
  if (text.startsWith("#!")) take(text.indexOf("\n"), false, false);
  while (at < text.length) {
    const sign = text[at] ?? "";
    const open = templates.at(-1);
    if (text.startsWith("//", at)) {
      const end = text.indexOf("\n", at);
      take((end < 0 ? text.length : end) - at, false, false);
    } else if (text.startsWith("/*", at)) {
      const end = text.indexOf("*/", at + 2);
      take((end < 0 ? text.length : end + 2) - at, false, false);
    } else if (sign === '"' || sign === "'") {
      let end = at + 1;
      while (end < text.length && text[end] !== sign && text[end] !== "\n") end += text[end] === "\\" ? 2 : 1;
      take(1, true, true);
      inside(end - at);
      take(1, true, true);
    } else if (sign === "`") {
      take(1, true, true);
      template();
    } else if (sign === "/" && beforeRegex.test(bare.slice(-200))) {
      wholeRegex.lastIndex = at;
      const length = wholeRegex.exec(text)?.[0].length ?? 1;
      take(1, true, true);
      inside(length - 1);
    } else if (open !== undefined && sign === "}" && open === 0) {
      templates.pop();
      take(1, true, true);
      template();
    } else {
      if (open !== undefined && sign === "{") templates[templates.length - 1] = open + 1;
      if (open !== undefined && sign === "}") templates[templates.length - 1] = open - 1;
      take(1, true, true);
    }
  }
  return { code, bare };
}
