/** One change in one place of an answer, whole or streamed, and what is decoded from the changed answer. */

import type { Json } from "../../../../src/contract/json.ts";
import type { Path } from "./mutants.ts";
import { decodeBodies, decodeEvents, type Outcome, type Sample } from "./sample.ts";

/** A piece of an answer that is JSON: a body or an event's data. */
export interface Piece {
  readonly at: number;
  readonly value: Json;
}

/** Says where, for people. */
export function nameOf({ at }: Piece, path: Path): string {
  return `#${at}/${path.join("/")}`;
}

export function piecesOf({ bodies, events }: Sample): readonly Piece[] {
  if (bodies !== undefined) {
    return bodies.flatMap((value, at) => isBytes(value) ? [] : [{ at, value }]);
  }
  return (events ?? []).flatMap(({ data }, at) => {
    if (!data.startsWith("{")) return [];
    return [{ at, value: JSON.parse(data) as Json }];
  });
}

/** The answer with another value in one of its pieces. */
export function decodedWith(sample: Sample, { at }: Piece, value: Json): Outcome {
  return decodedWithAll(sample, new Map([[at, value]]));
}

/** The answer with other values in several of its pieces, by their number. */
export function decodedWithAll(sample: Sample, values: ReadonlyMap<number, Json>): Outcome {
  const { bodies, events = [] } = sample;
  if (bodies !== undefined) return decodeBodies(sample, bodies.map((body, at) => values.get(at) ?? body));
  return decodeEvents(
    sample,
    events.map((event, at) => values.has(at) ? { ...event, data: JSON.stringify(values.get(at)) } : event),
  );
}

/** The answer as it was recorded. */
export function decoded(sample: Sample): Outcome {
  return sample.bodies === undefined
    ? decodeEvents(sample, sample.events ?? [])
    : decodeBodies(sample, sample.bodies);
}

function isBytes(value: Json): boolean {
  return typeof (value as { readonly bytes?: unknown } | null)?.bytes === "string";
}

/** All that is decoded, as text. */
export function sourceOf({ bodies, events }: Sample): string {
  return JSON.stringify(bodies ?? events);
}
