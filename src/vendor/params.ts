/** Params on their way out: portable names become the vendor's, what it refuses is left out with a word to the caller. */

import type { Json, Manifest, Params } from "../../../src/plugin.ts";

/** Something left out or changed. */
export interface Notice {
  readonly code: string;
  readonly message: string;
}

/** The body of a request while it is put together. */
export type Body = Record<string, Json | undefined>;

/** Writes params into a body. */
export type ParamWriter = (params: Params, body: Body, notices: Notice[]) => void;

/** What the dialect itself writes; a param of that name would break what Loom promised. */
const own: ReadonlySet<string> = new Set(["model", "messages", "stream", "stream_options", "input"]);

export function paramWriter(manifest: Manifest): ParamWriter {
  const { rename, drop, clamp } = manifest.params ?? {};
  const names = new Map(Object.entries(rename ?? {}));
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
