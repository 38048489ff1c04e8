/** Places in JSON: pointers that write, and pointers that read every entry of a list. */

import { asFields, asList, type Json, jsonPointer } from "../../../src/plugin.ts";

/** A body while it is put together. */
export type Draft = { [name: string]: Json | undefined };

type Container = Record<string, unknown>;

/**
 * Writes a value to the place a pointer names, making what is missing on the way. `-` adds to the end of a list.
 *
 * @param pointer not empty
 */
export function writeAt(body: Draft, pointer: string, value: Json): void {
  const keys = keysOf(pointer);
  const last = keys.pop() as string;
  let current = body as Container;
  keys.forEach((key, at) => {
    const name = indexOf(current, key);
    const below = current[name];
    if (typeof below !== "object" || below === null) {
      current[name] = /^(?:-|\d+)$/.test(keys[at + 1] ?? last) ? [] : {};
    }
    current = current[name] as Container;
  });
  current[indexOf(current, last)] = value;
}

/** Whether something is at the place already. */
export function isThere(body: Draft, pointer: string): boolean {
  return jsonPointer(pointer)(body) !== undefined;
}

/** `name` as a step of a pointer. */
export function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The steps of a pointer. */
export function keysOf(pointer: string): string[] {
  return pointer.split("/").slice(1).map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function indexOf(container: Container, key: string): string {
  return key === "-" && Array.isArray(container) ? String(container.length) : key;
}

/** Reads what stands at the first of some places that has something. */
export type Place = (body: unknown) => unknown;

export function firstOf(...pointers: (string | undefined)[]): Place {
  const readers = pointers.filter((pointer) => pointer !== undefined).map(jsonPointer);
  return (body) => {
    for (const read of readers) {
      const found = read(body);
      if (found !== undefined && found !== null && found !== "") return found;
    }
    return undefined;
  };
}

/** Reads all that stand at some places; `*` in a pointer is every entry of a list or an object. */
export type Places = (body: unknown) => readonly unknown[];

export function allOf(pointers: readonly string[]): Places {
  const paths = pointers.map(keysOf);
  return (body) =>
    paths.flatMap((keys) => follow(body, keys)).filter((found) => found !== undefined && found !== null);
}

function follow(value: unknown, [key, ...rest]: readonly string[]): readonly unknown[] {
  if (key === undefined) return [value];
  if (key === "*") {
    const entries = asList(value) ?? Object.values(asFields(value) ?? {});
    return entries.flatMap((entry) => follow(entry, rest));
  }
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return [];
  return follow((value as Container)[key], rest);
}
