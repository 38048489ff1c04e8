/** The smallest value that fits a JSON Schema, as far as a schema can be followed without solving riddles. */

import type { Json, JsonObject } from "../../../src/plugin.ts";

/** A schema that needs itself has no smallest value. */
const maxDepth = 60;
const maxItems = 1000;

/**
 * Follows `const`, `enum`, `default`, `$ref` into the schema itself, `anyOf`/`oneOf` (the first), `allOf` (merged), `type`,
 * the bounds of strings, numbers and arrays, `format`, and required properties.
 *
 * @throws Error when the schema refers to nowhere, or needs itself without end
 */
export function minimalValue(schema: JsonObject): Json {
  return valueOf(schema, schema, 0);
}

function valueOf(given: Json | undefined, root: JsonObject, depth: number): Json {
  if (depth > maxDepth) {
    throw new Error(`the schema needs itself, or is nested deeper than ${maxDepth} levels`);
  }
  if (given === true || given === undefined) return null;
  const schema = merged(given, root, depth);
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum[0] as Json;
  const [choice] = [schema.anyOf, schema.oneOf].filter(Array.isArray).flat() as readonly Json[];
  if (choice !== undefined) {
    const { anyOf: _any, oneOf: _one, ...rest } = schema;
    return valueOf(isObject(choice) ? { ...rest, ...choice } : choice, root, depth + 1);
  }
  switch (typeOf(schema)) {
    case "object":
      return objectOf(schema, root, depth);
    case "array":
      return arrayOf(schema, root, depth);
    case "string":
      return stringOf(schema);
    case "number":
    case "integer":
      return numberOf(schema);
    case "boolean":
      return false;
    default:
      return null;
  }
}

/** The schema with what it refers to, and what it is made of, laid into it. */
function merged(given: Json, root: JsonObject, depth: number): JsonObject {
  if (!isObject(given)) throw new Error("a schema is an object, true or false, and false allows nothing");
  if (depth > maxDepth) throw new Error("the schema's references run in a circle");
  let schema = given;
  if (typeof schema.$ref === "string") {
    const { $ref, ...rest } = schema;
    schema = { ...merged(referred($ref as string, root), root, depth + 1), ...rest };
  }
  if (Array.isArray(schema.allOf)) {
    const { allOf, ...rest } = schema;
    schema = (allOf as readonly Json[]).reduce<JsonObject>((sum, part) => {
      const next = merged(part, root, depth + 1);
      const properties = { ...sum.properties as JsonObject, ...next.properties as JsonObject };
      const required = [
        ...(sum.required as readonly Json[] | undefined) ?? [],
        ...(next.required as readonly Json[] | undefined) ?? [],
      ];
      return { ...sum, ...next, properties, required };
    }, rest);
  }
  return schema;
}

function referred(reference: string, root: JsonObject): Json {
  if (!reference.startsWith("#")) throw new Error(`the reference ${reference} leads out of the schema`);
  let current: Json | undefined = root;
  for (const step of reference.slice(1).split("/").slice(1)) {
    const name = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    current = isObject(current) && Object.hasOwn(current, name) ? current[name] : undefined;
  }
  if (current === undefined) throw new Error(`the reference ${reference} leads nowhere`);
  return current;
}

/** The first type that is more than null, or what the other keywords speak of. */
function typeOf(schema: JsonObject): Json | undefined {
  const { type } = schema;
  if (Array.isArray(type)) return (type as readonly Json[]).find((name) => name !== "null") ?? "null";
  if (type !== undefined) return type;
  if (schema.properties !== undefined || schema.required !== undefined) return "object";
  if (schema.items !== undefined || schema.prefixItems !== undefined) return "array";
  if (schema.minLength !== undefined || schema.pattern !== undefined || schema.format !== undefined) {
    return "string";
  }
  return schema.minimum !== undefined || schema.maximum !== undefined ? "number" : undefined;
}

function objectOf(schema: JsonObject, root: JsonObject, depth: number): Json {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required as readonly Json[] : [];
  return Object.fromEntries(
    required.filter((name) => typeof name === "string").map((name) =>
      [name, valueOf(Object.hasOwn(properties, name) ? properties[name] : true, root, depth + 1)] as const
    ),
  );
}

function arrayOf(schema: JsonObject, root: JsonObject, depth: number): Json {
  const first = Array.isArray(schema.prefixItems) ? schema.prefixItems as readonly Json[] : [];
  const least = Math.max(first.length, numeric(schema.minItems) ?? 0);
  if (least > maxItems) throw new Error(`an array of ${least} items is more than the sandbox makes`);
  return Array.from({ length: least }, (_, index) => valueOf(first[index] ?? schema.items, root, depth + 1));
}

const formats: Readonly<Record<string, string>> = {
  "date": "2026-01-01",
  "time": "00:00:00Z",
  "date-time": "2026-01-01T00:00:00Z",
  "duration": "PT0S",
  "email": "sandbox@example.com",
  "hostname": "example.com",
  "ipv4": "127.0.0.1",
  "ipv6": "::1",
  "uri": "https://example.com",
  "uuid": "00000000-0000-4000-8000-000000000000",
};

function stringOf(schema: JsonObject): string {
  if (typeof schema.format === "string" && formats[schema.format] !== undefined) {
    return formats[schema.format] ?? "";
  }
  const least = numeric(schema.minLength) ?? 0;
  if (least > 100_000) throw new Error(`a string of ${least} characters is more than the sandbox makes`);
  return "sandbox".slice(0, numeric(schema.maxLength)).padEnd(least, "-");
}

function numberOf(schema: JsonObject): number {
  const step = numeric(schema.multipleOf) ?? (typeOf(schema) === "integer" ? 1 : undefined);
  const above = numeric(schema.exclusiveMinimum);
  const below = numeric(schema.exclusiveMaximum);
  const least = Math.max(numeric(schema.minimum) ?? -Infinity, above ?? -Infinity);
  const most = Math.min(numeric(schema.maximum) ?? Infinity, below ?? Infinity);
  const fits = (value: number) => value >= least && value <= most && value !== above && value !== below;
  if (fits(0)) return 0;
  const candidates = step === undefined
    ? [least, most, (least + most) / 2, least + 1, most - 1]
    : [least, most].flatMap((
      bound,
    ) => [
      Math.ceil(bound / step),
      Math.floor(bound / step),
      Math.floor(bound / step) + 1,
      Math.ceil(bound / step) - 1,
    ])
      .map((count) => count * step);
  const value = candidates.find((candidate) => Number.isFinite(candidate) && fits(candidate));
  if (value === undefined) throw new Error("no number lies within its bounds");
  return value;
}

function numeric(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
