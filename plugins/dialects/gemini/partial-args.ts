/** Puts the arguments of a tool call together from the pieces in which Vertex streams them. */

import { asFields, asList, asText, type Json } from "../../../src/plugin.ts";

/** Bounds, against paths that would fill the memory. */
const maxDepth = 64;
const maxIndex = 10_000;

type Container = Record<string, Json> | Json[];
type Step = string | number;

/** Arguments while they arrive: values at JSON paths, texts in pieces. */
export class PartialArgs {
  readonly #root: Record<string, Json> = bare();

  /** @returns how many characters of text it added; `undefined`: a path makes no sense */
  add(list: unknown): number | undefined {
    let size = 0;
    for (const entry of asList(list) ?? []) {
      const piece = asFields(entry);
      const path = steps(asText(piece?.["jsonPath"]));
      if (piece === undefined || path === undefined) return undefined;
      const text = piece["stringValue"];
      const value: Json | undefined = typeof text === "string"
        ? text
        : typeof piece["numberValue"] === "number"
        ? piece["numberValue"]
        : typeof piece["boolValue"] === "boolean"
        ? piece["boolValue"]
        : "nullValue" in piece
        ? null
        : undefined;
      if (value === undefined) continue;
      this.#set(path, value);
      size += typeof text === "string" ? text.length : 8;
    }
    return size;
  }

  /** Lays whole arguments over what came in pieces. */
  merge(whole: Readonly<Record<string, unknown>>): void {
    Object.assign(this.#root, whole);
  }

  text(): string {
    return JSON.stringify(this.#root);
  }

  /** A text at a path that already has one goes on it. */
  #set(path: readonly Step[], value: Json): void {
    let at: Container = this.#root;
    for (let depth = 0; depth < path.length - 1; depth++) {
      const found = read(at, path[depth] as Step);
      const next = typeof found === "object" && found !== null
        ? found as Container
        : typeof path[depth + 1] === "number"
        ? []
        : bare();
      if (next !== found) write(at, path[depth] as Step, next);
      at = next;
    }
    const last = path.at(-1) as Step;
    const before = read(at, last);
    write(at, last, typeof before === "string" && typeof value === "string" ? before + value : value);
  }
}

/** Without a prototype, so that no name in a path means anything but itself. */
function bare(): Record<string, Json> {
  return Object.create(null) as Record<string, Json>;
}

function read(at: Container, step: Step): Json | undefined {
  return (at as Record<Step, Json | undefined>)[step];
}

function write(at: Container, step: Step, value: Container | Json): void {
  (at as Record<Step, Json>)[step] = value as Json;
}

/** `$.a.b[0]['c d']` in steps. */
function steps(path: string | undefined): readonly Step[] | undefined {
  if (path === undefined || !path.startsWith("$")) return undefined;
  const found: Step[] = [];
  const step = /\.([^.[\]]+)|\[(\d+)\]|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/y;
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const match = step.exec(path);
    if (match === null || found.length >= maxDepth) return undefined;
    const [, name, index, single, double] = match;
    if (index !== undefined && Number(index) > maxIndex) return undefined;
    found.push(
      index !== undefined ? Number(index) : name ?? (single ?? double ?? "").replace(/\\(.)/g, "$1"),
    );
  }
  return found.length === 0 ? undefined : found;
}
