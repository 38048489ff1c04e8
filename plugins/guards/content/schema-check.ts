/** Whether an answer is JSON that fits a schema. */

import { z } from "zod";
import { loomError } from "../../../src/plugin.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** @throws LoomError `config-invalid`, when the schema cannot be checked */
export function schemaCheck(schema: JsonSchema): (text: string) => boolean {
  let checker: z.ZodType;
  try {
    checker = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (cause) {
    const path = "schema";
    throw loomError("config-invalid", `guard content: schema: ${(cause as Error).message}`, { path }, {
      cause,
    });
  }
  return (text) => {
    try {
      return checker.safeParse(JSON.parse(withoutFence(text))).success;
    } catch {
      // No JSON fits no schema.
      return false;
    }
  };
}

/** Models like to put a Markdown fence around JSON. */
function withoutFence(text: string): string {
  const bare = text.trim();
  if (!bare.startsWith("```") || !bare.endsWith("```")) return bare;
  const lineEnd = bare.indexOf("\n");
  return lineEnd === -1 ? bare : bare.slice(lineEnd + 1, -3);
}
