/** Asks for an answer of a given form, and for how much of it. */

import { type Body, isStrictSchema, type Json, type OutputFormat, schemaName } from "../../../src/plugin.ts";

/** Writes `text`; what the caller put there wins over the portable names. */
export function writeFormat(
  output: OutputFormat | undefined,
  verbosity: Json | undefined,
  body: Body,
): void {
  if (output === undefined && (verbosity === undefined || verbosity === null)) return;
  const text: Body = {};
  if (verbosity !== undefined && verbosity !== null) text["verbosity"] = verbosity;
  Object.assign(text, body["text"]);
  if (output !== undefined) {
    const { schema, name } = output;
    // `strict` is on where it is missing, and then refuses every schema that is not closed.
    const strict = isStrictSchema(schema);
    text["format"] = { type: "json_schema", name: schemaName(name), schema, strict };
  }
  body["text"] = text as Json;
}
