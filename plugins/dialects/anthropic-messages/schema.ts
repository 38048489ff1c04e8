/** Rewrites a JSON Schema to what the API can hold a model to; what it cannot stays for the model to read. */

import type { Json, JsonObject } from "../../../src/plugin.ts";

/** Formats of strings that it enforces (the vendor's guide to structured outputs, and its SDK). */
const formats: ReadonlySet<unknown> = new Set([
  ..."date-time time date duration email hostname uri ipv4 ipv6 uuid".split(" "),
]);

/** Keywords that are enforced, or harmless, wherever they stand. */
const kept: ReadonlySet<string> = new Set([
  ..."type title description enum const required properties items anyOf allOf $ref $defs definitions".split(
    " ",
  ),
]);

const done = new WeakMap<JsonObject, JsonObject>();

/** The schema with every object closed, as the API demands, and without the keywords that it refuses. */
export function enforceable(schema: JsonObject): JsonObject {
  let rewritten = done.get(schema);
  if (rewritten === undefined) {
    rewritten = rewrite(schema, 0) as JsonObject;
    done.set(schema, rewritten);
  }
  return rewritten;
}

function rewrite(value: Json | undefined, depth: number): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value) || depth > 64) return value ?? null;
  const schema = value as JsonObject;
  const out: Record<string, Json> = {};
  const told: string[] = [];
  for (const name in schema) {
    const field = schema[name] as Json;
    if (name === "$schema" || name === "$id" || name === "additionalProperties") continue;
    if (name === "properties" || name === "$defs" || name === "definitions") out[name] = each(field, depth);
    else if (name === "items") out[name] = rewrite(field, depth + 1);
    else if (name === "oneOf") out["anyOf"] = list(field, depth);
    else if (name === "anyOf" || name === "allOf") out[name] = list(field, depth);
    else if (kept.has(name) || isEnforced(name, field)) out[name] = field;
    else told.push(`${name}: ${JSON.stringify(field)}`);
  }
  if (isObject(schema)) out["additionalProperties"] = false;
  if (told.length > 0) {
    const before = typeof out["description"] === "string" ? `${out["description"]}\n\n` : "";
    out["description"] = `${before}{${told.join(", ")}}`;
  }
  return out;
}

function isEnforced(name: string, field: Json): boolean {
  return (name === "format" && formats.has(field)) || (name === "minItems" && (field === 0 || field === 1));
}

function isObject({ type, properties }: JsonObject): boolean {
  return type === "object" || properties !== undefined || (Array.isArray(type) && type.includes("object"));
}

function each(named: Json, depth: number): Json {
  if (typeof named !== "object" || named === null || Array.isArray(named)) return named;
  return Object.fromEntries(
    Object.entries(named).map(([name, entry]) => [name, rewrite(entry as Json, depth + 1)]),
  );
}

function list(entries: Json, depth: number): Json {
  return Array.isArray(entries) ? entries.map((entry) => rewrite(entry, depth + 1)) : entries;
}
