/** The configuration file as a JSON schema, for editors and for messages about it. */

import { z } from "zod";
import type { JsonSchema } from "./issues.ts";
import { configSchema } from "./schema.ts";

/** What a variable may stand for. */
const replaceable = new Set(["number", "integer", "boolean"]);
const variable: JsonSchema = { type: "string", pattern: "^\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}$" };

/** JSON Schema 2020-12 of `loom.yaml`. Whatever is more than a text may be a variable. */
export function gatewayJsonSchema(): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: "input", reused: "ref" }) as JsonSchema;
  return {
    $schema,
    title: "Loom gateway",
    description:
      "The configuration file of `loom serve`. At the top level options of the Loom may stand, too.",
    ...withVariables(schema) as JsonSchema,
  };
}

/** The same without references, for those who look for the keys of a place. */
export function plainJsonSchema(): JsonSchema {
  return z.toJSONSchema(configSchema, { io: "input" }) as JsonSchema;
}

function withVariables(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withVariables);
  if (typeof value !== "object" || value === null) return value;
  const schema = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withVariables(one)]));
  const narrow = schema["type"] === "string" && ["pattern", "format", "enum"].some((word) => word in schema);
  if (!narrow && !replaceable.has(String(schema["type"]))) return schema;
  const { description, ...rest } = schema;
  return { ...(description !== undefined && { description }), anyOf: [rest, variable] };
}
