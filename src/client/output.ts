/** Output schemas: takes what callers have (zod, any Standard Schema, JSON Schema) and makes one form of it. */

import type { JsonObject } from "../contract/json.ts";
import type { OutputFormat } from "../contract/message.ts";
import { LoomError, loomError } from "../errors/index.ts";

/** The part of Standard Schema (standardschema.dev) that Loom uses; zod 4.2 and later, valibot and arktype have it. */
export interface StandardSchema<O = unknown> {
  readonly "~standard": {
    readonly validate: (value: unknown) => StandardResult<O> | Promise<StandardResult<O>>;
    readonly jsonSchema?: { output(options: { target: string }): Record<string, unknown> };
    readonly types?: { readonly input: unknown; readonly output: O } | undefined;
  };
}

type StandardResult<O> =
  | { readonly value: O; readonly issues?: undefined }
  | {
    readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[];
  };

/** What `output` takes. */
export type OutputSchema<O = unknown> =
  | StandardSchema<O>
  | JsonObject
  | {
    readonly schema: StandardSchema<O> | JsonObject;
    /** Name for vendors that want one. Default `output`. */
    readonly name?: string;
    /** Ask once more, showing the mistake, when the answer does not fit. Default false. */
    readonly repair?: boolean;
  };

/** @throws LoomError `invalid-request`, when it is no schema, or one that cannot be written as JSON Schema */
export function outputFormat(output: OutputSchema): OutputFormat {
  if (!isSchema(output)) throw invalid("must be a zod schema or a JSON Schema");
  if (isStandard(output)) return fromStandard(output, "output", 0);
  if (!("schema" in output && isSchema(output.schema))) {
    return fromJsonSchema(output as JsonObject, "output", 0);
  }
  const { schema, name = "output", repair = false } = output as {
    schema: StandardSchema | JsonObject;
    name?: string;
    repair?: boolean;
  };
  if (typeof name !== "string" || !/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
    throw invalid(".name must be 1 to 64 letters, digits, _ or -");
  }
  if (typeof repair !== "boolean") throw invalid(".repair must be true or false");
  const times = repair ? 1 : 0;
  return isStandard(schema) ? fromStandard(schema, name, times) : fromJsonSchema(schema, name, times);
}

/** Some libraries' schemas are functions. */
function isSchema(value: unknown): value is object {
  if (typeof value === "function") return true;
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isStandard(value: unknown): value is StandardSchema {
  return typeof (value as { "~standard"?: { validate?: unknown } })["~standard"]?.validate === "function";
}

function fromStandard(schema: StandardSchema, name: string, repair: 0 | 1): OutputFormat {
  const standard = schema["~standard"];
  if (standard.jsonSchema === undefined) {
    throw invalid("cannot be written as JSON Schema; use zod 4.2 or later, or give a JSON Schema");
  }
  let json: JsonObject;
  try {
    json = standard.jsonSchema.output({ target: "draft-2020-12" }) as JsonObject;
  } catch (cause) {
    throw invalid(`cannot be written as JSON Schema: ${(cause as Error).message}`);
  }
  return {
    schema: json,
    name,
    repair,
    async validate(value) {
      const result = await standard.validate(value);
      if (result.issues !== undefined) throw new Error(issueText(result.issues));
      return result.value;
    },
  };
}

/** JSON Schemas are checked by zod, which is loaded when the first answer is there. */
function fromJsonSchema(schema: JsonObject, name: string, repair: 0 | 1): OutputFormat {
  return {
    schema,
    name,
    repair,
    async validate(value) {
      const { z } = await import("zod");
      let checker: ReturnType<typeof z.fromJSONSchema>;
      try {
        checker = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
      } catch (cause) {
        throw invalid(`is a JSON Schema that cannot be checked: ${(cause as Error).message}`);
      }
      const result = checker.safeParse(value);
      if (!result.success) throw new Error(issueText(result.error.issues));
      return result.data;
    },
  };
}

function issueText(
  issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[],
): string {
  return issues.slice(0, 5).map(({ message, path }) => {
    const where = (path ?? []).map((step) => String((step as { key?: unknown } | null)?.key ?? step)).join(
      ".",
    );
    return where === "" ? message : `${where}: ${message}`;
  }).join("; ");
}

/**
 * Parses the text of an answer and checks it. A Markdown fence around the JSON is taken off: models like to add one.
 *
 * @throws LoomError `output-invalid`, with what came in `data.text`
 */
export async function parseOutput(format: OutputFormat, text: string): Promise<unknown> {
  const bare = withoutFence(text);
  let value: unknown;
  try {
    value = JSON.parse(bare);
  } catch (cause) {
    throw loomError("output-invalid", "the answer is not JSON", { text }, { cause });
  }
  try {
    return format.validate === undefined ? value : await format.validate(value);
  } catch (cause) {
    // The schema is at fault, not the answer.
    if (LoomError.is(cause)) throw cause;
    throw loomError("output-invalid", `the answer does not fit the schema: ${(cause as Error).message}`, {
      text,
    }, { cause });
  }
}

/** By hand, because an expression that skips blanks on both sides takes quadratic time over many of them. */
function withoutFence(text: string): string {
  const bare = text.trim();
  if (!bare.startsWith("```") || !bare.endsWith("```")) return text;
  const lineEnd = bare.indexOf("\n");
  const language = bare.slice(3, lineEnd).trim().toLowerCase();
  if (lineEnd === -1 || (language !== "" && language !== "json")) return text;
  return bare.slice(lineEnd + 1, -3);
}

function invalid(problem: string): Error {
  return loomError("invalid-request", `output ${problem}`, { path: "output" });
}
