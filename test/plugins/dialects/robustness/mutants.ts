/** Ways to change JSON in one place, and places picked so that every run picks the same. */

import type { Json } from "../../../../src/contract/json.ts";

export type Path = readonly (string | number)[];

export interface Place {
  readonly path: Path;
  readonly value: Json;
}

/** Where an object is the caller's or the model's own, so that all that is in it counts. */
const free: ReadonlySet<unknown> = new Set([
  "input",
  "args",
  "arguments",
  "parameters",
  "json",
  "extra_content",
]);

/** Every place of a value but its root, outside first. What is in objects that are not the vendor's is left out. */
export function placesOf(value: Json, path: Path = []): readonly Place[] {
  if (typeof value !== "object" || value === null) return [];
  if (free.has(path.at(-1)) && !Array.isArray(value)) return [];
  const entries: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? sparse(value).map((at) => [at, value[at] as Json])
    : Object.entries(value as Readonly<Record<string, Json>>);
  return entries.flatMap(([key, inner]) => {
    const place = { path: [...path, key], value: inner };
    return [place, ...placesOf(inner, place.path)];
  });
}

/** Of long lists, such as vectors, the ends stand for all. */
function sparse(list: readonly unknown[]): readonly number[] {
  const all = list.map((_, at) => at);
  return list.length <= 8 ? all : [...all.slice(0, 3), ...all.slice(-2)];
}

/** Every object in a value, the root too. */
export function objectsOf(value: Json): readonly Place[] {
  return [{ path: [], value }, ...placesOf(value)].filter((place) =>
    typeof place.value === "object" && place.value !== null && !Array.isArray(place.value) &&
    !free.has(place.path.at(-1))
  );
}

/** A copy with another value in one place; `undefined` takes it out. */
export function replaced(value: Json, path: Path, by: Json | undefined): Json {
  const [key, ...rest] = path;
  if (key === undefined) return by ?? null;
  if (Array.isArray(value)) {
    const inner = rest.length === 0 ? by : replaced(value[key as number] as Json, rest, by);
    return inner === undefined
      ? value.filter((_, at) => at !== key)
      : value.map((entry, at) => at === key ? inner : entry) as Json;
  }
  const fields = value as Readonly<Record<string, Json>>;
  const inner = rest.length === 0 ? by : replaced(fields[key] as Json, rest, by);
  const { [key]: _, ...others } = fields;
  return inner === undefined ? others : { ...fields, [key]: inner };
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function seeded(seed: string): () => number {
  let state = 2_166_136_261;
  for (let at = 0; at < seed.length; at++) state = Math.imul(state ^ seed.charCodeAt(at), 16_777_619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** At most `most` entries, in their order; always the same ones. */
export function picked<T>(list: readonly T[], most: number, seed: string): readonly T[] {
  if (list.length <= most) return list;
  const random = seeded(seed);
  return list.map((entry, at) => ({ entry, at, order: random() }))
    .sort((left, right) => left.order - right.order).slice(0, most)
    .sort((left, right) => left.at - right.at).map(({ entry }) => entry);
}
