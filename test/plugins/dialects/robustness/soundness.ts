/** What every decoding must hold, whatever came: a LoomError, or parts in which everything is of its kind. */

import type { Part } from "../../../../src/contract/part.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import type { Outcome } from "./sample.ts";

type Kind = "string" | "id" | "number" | "index" | "reason" | "object" | "vector" | "any";

const choice = { "choice?": "index" } as const;
const file = { "mimeType?": "string", "dataB64?": "string", "url?": "string" } as const;

/** Fields of each part; `?` marks those that may be absent. */
const shapes: Readonly<Record<Part["type"], Readonly<Record<string, Kind>>>> = {
  response: { "id?": "string", "model?": "string" },
  text: { text: "string", "signature?": "string", ...choice },
  reasoning: { text: "string", "signature?": "string", ...choice },
  refusal: { text: "string", ...choice },
  "tool-call-start": { index: "index", id: "id", name: "id", ...choice },
  "tool-call-delta": { index: "index", text: "string", ...choice },
  "tool-call": { index: "index", id: "id", name: "id", arguments: "string", "extra?": "object", ...choice },
  native: { value: "object", ...choice },
  citation: { citation: "object", ...choice },
  image: file,
  video: file,
  audio: file,
  transcript: { text: "string", "raw?": "any" },
  embedding: { index: "index", vector: "vector" },
  rank: { index: "index", score: "number" },
  moderation: { index: "index", flagged: "any", categories: "object", scores: "object" },
  usage: { usage: "object" },
  warning: { code: "string", message: "string" },
  raw: { value: "any" },
  finish: { reason: "reason", "raw?": "string", ...choice },
};
const citation = {
  "url?": "string",
  "title?": "string",
  "text?": "string",
  "start?": "index",
  "end?": "index",
  "raw?": "any",
} as const satisfies Record<string, Kind>;

const reasons: ReadonlySet<unknown> = new Set(["stop", "length", "tool-calls", "content-filter", "other"]);
/** Traces of values that were printed without being looked at. */
const traces = /\[object \w+\]|\bundefined\b|\bNaN\b|^null$/;

/** What is wrong, if anything. `source`: what was decoded, as text; words that stand in it may stand in the answer. */
export function unsound({ parts, error }: Outcome, source: string, streamed: boolean): string | undefined {
  if (error !== undefined) {
    if (!LoomError.is(error)) return `threw ${error instanceof Error ? error.stack : String(error)}`;
    if (error.code === "internal") return `threw internal: ${error.message}`;
    const trace = traceIn(error.message, source);
    return trace === undefined ? undefined : `the error says ${error.message}`;
  }
  const begun = new Set<string>();
  const whole = new Set<string>();
  const finished = new Set<number>();
  for (const part of parts) {
    const fault = faultOfPart(part, source);
    if (fault !== undefined) return fault;
    if (part.type === "finish") {
      if (finished.has(part.choice ?? 0)) return `two ends of alternative ${part.choice ?? 0}`;
      finished.add(part.choice ?? 0);
    }
    if (part.type !== "tool-call-start" && part.type !== "tool-call") continue;
    const key = `${part.choice ?? 0}/${part.index}`;
    const seen = part.type === "tool-call" ? whole : begun;
    if (seen.has(key)) return `${part.type} ${key} came twice`;
    seen.add(key);
  }
  for (const key of begun) if (!whole.has(key)) return `the call ${key} began and was never given whole`;
  for (const key of streamed ? whole : []) if (!begun.has(key)) return `the call ${key} never began`;
  return undefined;
}

function faultOfPart(part: Part, source: string): string | undefined {
  const shape = shapes[part.type];
  if (shape === undefined) return `there is no part ${String(part.type)}`;
  const fault = faultOfFields(part as unknown as Readonly<Record<string, unknown>>, shape, source);
  if (fault !== undefined) return `${part.type}: ${fault}`;
  if (part.type === "citation") {
    const inside = faultOfFields(part.citation as Readonly<Record<string, unknown>>, citation, source);
    return inside === undefined ? undefined : `citation: ${inside}`;
  }
  if (part.type !== "usage") return undefined;
  for (const [name, value] of Object.entries(part.usage)) {
    const kind: Kind = name === "serviceTier" ? "string" : name === "estimated" ? "any" : "number";
    if (!isOf(value, kind) || (typeof value === "number" && value < 0)) return `usage.${name} is ${value}`;
  }
  return undefined;
}

function faultOfFields(
  fields: Readonly<Record<string, unknown>>,
  shape: Readonly<Record<string, Kind>>,
  source: string,
): string | undefined {
  for (const [key, kind] of Object.entries(shape)) {
    const name = key.replace("?", "");
    if (key.endsWith("?") && !(name in fields)) continue;
    const value = fields[name];
    if (!isOf(value, kind)) return `${name} is ${JSON.stringify(value) ?? String(value)}`;
    const trace = typeof value === "string" ? traceIn(value, source) : undefined;
    if (trace !== undefined) return `${name} says ${trace}`;
  }
  return undefined;
}

function isOf(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case "any":
      return value !== undefined;
    case "string":
      return typeof value === "string";
    case "id":
      return typeof value === "string" && value !== "";
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    case "index":
      return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
    case "reason":
      return reasons.has(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "vector":
      return Array.isArray(value) && value.every((number) => typeof number === "number" && !isNaN(number));
  }
}

function traceIn(text: string, source: string): string | undefined {
  const found = traces.exec(text)?.[0];
  return found === undefined || source.includes(found) && found !== "null" ? undefined : found;
}
