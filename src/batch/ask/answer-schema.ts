/** The schema of a job's answers, compiled once for all rows. */

import type { JsonObject } from "../../contract/json.ts";
import { loomError } from "../../errors/index.ts";
import type { StandardSchema } from "../../index.ts";

type Compiled = StandardSchema["~standard"]["validate"];

export interface AnswerSchema extends StandardSchema {
  /** Compiles it now. @throws LoomError `invalid-request`, when it is no JSON Schema that answers can be held against */
  ready(): Promise<void>;
  /** The JSON Schema: a request that is written down says what it asks for. */
  toJSON(): JsonObject;
}

export function answerSchema(schema: JsonObject): AnswerSchema {
  let compiled: Compiled | undefined;
  let compiling: Promise<Compiled> | undefined;
  const ready = async () => compiled = await (compiling ??= compile(schema));
  return {
    "~standard": {
      validate: (value) => compiled === undefined ? ready().then((one) => one(value)) : compiled(value),
      jsonSchema: { output: () => schema },
    },
    ready: async () => void await ready(),
    toJSON: () => schema,
  };
}

/** zod is loaded for this alone: many jobs have no schema. */
async function compile(schema: JsonObject): Promise<Compiled> {
  const { z } = await import("zod");
  try {
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])["~standard"].validate;
  } catch (cause) {
    const message = `--schema: this JSON Schema cannot be checked: ${(cause as Error).message}`;
    throw loomError("invalid-request", message, { path: "schema" }, { cause });
  }
}
