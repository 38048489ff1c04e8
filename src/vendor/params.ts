/** Params on their way out: portable names become the vendor's, what it refuses is left out with a word to the caller. */

import type { Notice } from "../contract/dialect.ts";
import type { Json } from "../contract/json.ts";
import type { Manifest } from "../contract/manifest.ts";
import type { Params } from "../contract/message.ts";

/** The body of a request while it is put together. */
export type Body = Record<string, Json | undefined>;

/** Writes params into a body. */
export type ParamWriter = (params: Params, body: Body, notices: Notice[]) => void;

/** What a dialect knows of its params. */
export interface DialectParams {
  /** What it writes itself; a param of that name would break what Loom promised. */
  readonly own: ReadonlySet<string>;
  /** Portable name -> the dialect's. The manifest's renames win. */
  readonly rename?: Readonly<Record<string, string>>;
}

/** Params that mean something to some dialects only, which name them as their `own`; left out elsewhere, on failover above all. */
const bound: ReadonlyMap<string, string> = new Map([
  ["cached_content", "names a context cache that another vendor keeps"],
  ["cache_system", "marks a prompt cache; this vendor caches by itself, or not at all"],
]);

/** The word to the caller when a param means nothing to the vendor that is asked. */
export function boundElsewhere(name: string): Notice | undefined {
  const why = bound.get(name);
  if (why === undefined) return undefined;
  return { code: "vendor-bound-dropped", message: `\`${name}\` ${why}; it was left out` };
}

export function paramWriter(manifest: Manifest, { own, rename = {} }: DialectParams): ParamWriter {
  const { drop, clamp } = manifest.params ?? {};
  const names = new Map(Object.entries({ ...rename, ...manifest.params?.rename }));
  const dropped = new Set(drop);
  const bounds = new Map(Object.entries(clamp ?? {}));
  const defaults = Object.entries(manifest.params?.default ?? {});
  const { label } = manifest;

  return (params, body, notices) => {
    for (const name in params) {
      const value = params[name];
      if (value === undefined || own.has(name)) continue;
      if (dropped.has(name)) {
        notices.push({
          code: "param-dropped",
          message: `${label} does not take \`${name}\`; it was left out`,
        });
        continue;
      }
      const foreign = names.has(name) ? undefined : boundElsewhere(name);
      if (foreign !== undefined) {
        notices.push(foreign);
        continue;
      }
      const sent = names.get(name) ?? name;
      // The vendor's own name says it more exactly than the portable one.
      if (sent !== name && params[sent] !== undefined) continue;
      const range = bounds.get(sent) ?? bounds.get(name);
      body[sent] = range === undefined ? value : clamped(value, range, name, label, notices);
    }
    for (const [name, value] of defaults) {
      if (body[name] === undefined) body[name] = value;
    }
  };
}

function clamped(
  value: Json,
  [low, high]: readonly [number, number],
  name: string,
  label: string,
  notices: Notice[],
): Json {
  if (typeof value !== "number" || (value >= low && value <= high)) return value;
  const bound = value < low ? low : high;
  notices.push({
    code: "param-clamped",
    message: `${label} takes \`${name}\` from ${low} to ${high}; ${value} became ${bound}`,
  });
  return bound;
}
