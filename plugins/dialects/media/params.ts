/** Params of media: portable names become the vendor's, values are written as it wants them. */

import type {
  Json,
  Manifest,
  ManifestMedia,
  MediaConversion,
  MediaModality,
  Notice,
  Params,
} from "../../../src/plugin.ts";
import { type Draft, escaped, isThere, writeAt } from "./places.ts";

export type MediaParamWriter = (params: Params, body: Draft, notices: Notice[]) => void;

/** Second names of portable params. */
const aliases: Readonly<Partial<Record<MediaModality, Readonly<Record<string, string>>>>> = {
  video: { seconds: "duration" },
  speech: { format: "response_format" },
};

/** @param own what the dialect itself writes at the top of the body */
export function mediaParams(
  { label }: Manifest,
  modality: MediaModality,
  { params: rules = {} }: ManifestMedia,
  own: ReadonlySet<string>,
): MediaParamWriter {
  const { under = "", rename = {}, convert = {}, clamp = {} } = rules;
  const dropped = new Set(rules.drop);
  const second = aliases[modality] ?? {};
  const placeOf = (name: string) => name.startsWith("/") ? name : `${under}/${escaped(name)}`;

  /** The portable name that a param goes by, unless the caller also gave that one. */
  function portable(name: string, params: Params): string | undefined {
    const first = second[name];
    if (first === undefined || rename[first] === name) return name;
    return params[first] === undefined ? first : undefined;
  }

  return (params, body, notices) => {
    const drop = (name: string, why: string) =>
      notices.push({ code: "param-dropped", message: `${label} ${why} \`${name}\`; it was left out` });
    const later: (readonly [place: string, value: Json])[] = [];
    for (const name in params) {
      const value = params[name];
      if (value === undefined || (own.has(name) && name !== "stream")) continue;
      if (name === "stream") {
        if (value !== false) drop(name, "is asked for whole answers, without");
        continue;
      }
      const known = portable(name, params);
      if (known === undefined) continue;
      if (dropped.has(known)) {
        drop(name, "does not take");
        continue;
      }
      const sent = rename[known] ?? known;
      // The vendor's own name says it more exactly than the portable one.
      if (sent !== name && params[sent] !== undefined) continue;
      const bound = bounded(value, clamp[sent] ?? clamp[known], name, label, notices);
      for (const [field, text] of converted(sent, bound, convert[known])) {
        if (field !== sent && params[field] !== undefined) continue;
        if (sent === name) writeAt(body, placeOf(field), copied(text));
        else later.push([placeOf(field), text]);
      }
    }
    // After the vendor's own objects, which win field by field.
    for (const [place, value] of later) if (!isThere(body, place)) writeAt(body, place, copied(value));
    for (const [name, value] of Object.entries(rules.default ?? {})) {
      if (!isThere(body, placeOf(name))) writeAt(body, placeOf(name), copied(value));
    }
  };
}

/** What is written, under which names: one, or two for the sides of a picture. */
function converted(
  name: string,
  value: Json,
  how: MediaConversion | undefined,
): readonly (readonly [string, Json])[] {
  // A voice that somebody made is an object, which is nothing to convert.
  if (typeof value !== "string" && typeof value !== "number") return [[name, value]];
  const text = String(value);
  switch (how) {
    case "number": {
      const number = Number(text);
      return [[name, text.trim() === "" || Number.isNaN(number) ? value : number]];
    }
    case "text":
      return [[name, typeof value === "number" ? text : value]];
    case "star":
      return [[name, text.replace(/^(\d+)x(\d+)$/, "$1*$2")]];
    case "x":
      return [[name, text.replace(/^(\d+):(\d+)$/, "$1x$2")]];
    case "sides": {
      const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? [];
      if (width === undefined || height === undefined) return [[name, value]];
      return [["width", Number(width)], ["height", Number(height)]];
    }
    default:
      return [[name, value]];
  }
}

function bounded(
  value: Json,
  range: readonly [number, number] | undefined,
  name: string,
  label: string,
  notices: Notice[],
): Json {
  if (range === undefined || typeof value !== "number") return value;
  const [low, high] = range;
  const bound = Math.min(high, Math.max(low, value));
  if (bound !== value) {
    const message = `${label} takes \`${name}\` from ${low} to ${high}; ${value} became ${bound}`;
    notices.push({ code: "param-clamped", message });
  }
  return bound;
}

/** What is written into must not be the caller's. */
function copied(value: Json): Json {
  return typeof value === "object" && value !== null ? structuredClone(value) as Json : value;
}
