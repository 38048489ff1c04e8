/** Values that several blocks of the configuration have: durations, plugins by name, switches. */

import { z } from "zod";
import type { Shape } from "../keys/key-schema.ts";

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const durationShape = /^\d+(?:\.\d+)?(?:ms|s|m|h|d)?$/;
const durationText = "must be a duration such as 50ms, 2s or 5m, or milliseconds";

/** Gives milliseconds. */
export const duration: z.ZodType<number> = z.union([
  z.number().min(0, durationText),
  z.string().regex(durationShape, durationText).transform(millisecondsOf),
], durationText);

function millisecondsOf(text: string): number {
  const amount = Number.parseFloat(text);
  return amount * (units[text.replace(/^[\d.]+/, "")] ?? 1);
}

/** Fields that say how long, with or without `_ms` behind their names. */
export type Timed<N extends string> = { readonly [K in N | `${N}_ms`]?: number | undefined };

export function timed<N extends string>(...names: readonly N[]): Shape<Timed<N>> {
  const fields = names.flatMap((name) => [[name, duration.optional()], [`${name}_ms`, duration.optional()]]);
  return Object.fromEntries(fields) as Shape<Timed<N>>;
}

export function timeOf<N extends string>(from: Timed<N>, name: N): number | undefined {
  return from[name] ?? from[`${name}_ms`];
}

/** A plugin by its name, with whatever options it has. */
export interface PluginWritten {
  readonly type: string;
  readonly [option: string]: unknown;
}

export const plugin: z.ZodType<PluginWritten> = z.looseObject({
  type: z.string().min(1).describe("The plugin's name; its own options stand beside it"),
});

export const name: z.ZodType<string> = z.string().min(1);
export const names: z.ZodType<readonly string[]> = z.array(z.string().min(1));
export const oneOrMore: z.ZodType<string | readonly string[]> = z.union(
  [z.string().min(1), z.array(z.string().min(1)).min(1)],
  "must be a name or a list of names",
);
export const count: z.ZodType<number> = z.int("must be a whole number").min(0, "must not be negative");
export const port: z.ZodType<number> = z.int("must be a port from 0 to 65535").min(
  0,
  "must be a port from 0 to 65535",
).max(65_535, "must be a port from 0 to 65535");

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the fields that nobody set. */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
