/** Reads the form that an answer is to have. */

import type { Json, JsonObject, OutputFormat } from "../../../contract/index.ts";
import { given, nameAt, objectAt, textAt } from "./checks.ts";

/**
 * Any object: what JSON mode asks for. It says that it is open, since vendors differ on what silence means; dialects that can hold
 * a model to closed objects only ask for it in other words.
 */
const anyObject: JsonObject = { type: "object", additionalProperties: true };

/** What a `response_format` asks for, or that no dialect has a word for its type. */
export type AskedForm = { readonly output?: OutputFormat } | "unknown";

/**
 * Only the form is asked for: whether the answer has it is the caller's to judge, as it is at OpenAI.
 *
 * @throws LoomError, when it cannot be understood
 */
export function readOutput(value: Json | undefined): AskedForm {
  const format = given(value);
  if (format === undefined) return {};
  const fields = objectAt(format, "response_format");
  const type = nameAt(fields["type"], "response_format.type");
  switch (type) {
    case "text":
      return {};
    case "json_object":
      return { output: { schema: anyObject, name: "output", repair: 0 } };
    case "json_schema": {
      const path = "response_format.json_schema";
      const named = objectAt(fields["json_schema"], path);
      const name = given(named["name"]);
      const schema = given(named["schema"]);
      return {
        output: {
          schema: schema === undefined ? anyObject : objectAt(schema, `${path}.schema`),
          name: name === undefined ? "output" : textAt(name, `${path}.name`),
          repair: 0,
        },
      };
    }
    default:
      // A form that some vendor of this format has, such as a grammar.
      return "unknown";
  }
}
