/** Which fields of a request are whose: the format's own, params that every dialect understands, and all the rest. */

import type { Json, JsonObject } from "../../../contract/index.ts";
import { given, invalid, kindOf } from "./checks.ts";

/** Checks a value. Gives the fault, or nothing. */
type Check = (value: Json) => string | undefined;

/** A portable param, and what its value must be. */
export interface PortableField {
  readonly param: string;
  readonly check: Check;
}

export type PortableFields = ReadonlyMap<string, PortableField>;

const number: Check = (value) =>
  typeof value === "number" ? undefined : `must be a number, not ${kindOf(value)}`;
const whole: Check = (value) =>
  Number.isSafeInteger(value) && value as number >= 0 ? undefined : "must be a whole number, 0 or more";
const count: Check = (value) =>
  Number.isSafeInteger(value) && value as number >= 1 && value as number <= 128
    ? undefined
    : "must be a whole number from 1 to 128";
const text: Check = (value) =>
  typeof value === "string" ? undefined : `must be a string, not ${kindOf(value)}`;
const flag: Check = (value) =>
  typeof value === "boolean" ? undefined : `must be true or false, not ${kindOf(value)}`;
const texts: Check = (value) =>
  typeof value === "string" || (Array.isArray(value) && value.every((entry) => typeof entry === "string"))
    ? undefined
    : "must be a string or a list of strings";

/**
 * The division of a request's top-level fields:
 *
 * | field | becomes | at a vendor of another dialect |
 * |---|---|---|
 * | `model`, `messages`, `tools`, `tool_choice`, `functions`, `function_call`, `response_format` | what the call is | encoded |
 * | `stream`, `stream_options`, `user` | how it is answered, and who asks | the gateway's own |
 * | those of this table | params under their portable name, which each dialect takes or leaves out with a word | translated |
 * | all others: `store`, `metadata`, `logit_bias`, `logprobs`, `prediction`, `verbosity`, `service_tier`, `modalities`, `audio`, `web_search_options`, `prompt_cache_key` … and what nobody knows | `unknown` | left out with a warning |
 *
 * A param that one dialect only knows would be passed through by the others and refused there, which is why it is none here.
 * Vendors of this format are sent the body as it came, with every field.
 */
export const portableFields: PortableFields = new Map([
  ["max_tokens", { param: "max_tokens", check: whole }],
  // The portable name, so that it wins over the catalog's default for the model.
  ["max_completion_tokens", { param: "max_tokens", check: whole }],
  ["temperature", { param: "temperature", check: number }],
  ["top_p", { param: "top_p", check: number }],
  ["top_k", { param: "top_k", check: number }],
  ["stop", { param: "stop", check: texts }],
  ["seed", { param: "seed", check: number }],
  ["n", { param: "n", check: count }],
  ["presence_penalty", { param: "presence_penalty", check: number }],
  ["frequency_penalty", { param: "frequency_penalty", check: number }],
  ["reasoning_effort", { param: "reasoning_effort", check: text }],
  ["parallel_tool_calls", { param: "parallel_tool_calls", check: flag }],
]);

/** Values that ask for nothing: nobody misses such a field. */
const idle: ReadonlyMap<string, (value: Json) => boolean> = new Map([
  ["logprobs", (value) => value === false],
  ["service_tier", (value) => value === "auto"],
  ["modalities", (value) => Array.isArray(value) && value.length === 1 && value[0] === "text"],
  ["best_of", (value) => value === 1],
  ["suffix", (value) => value === ""],
]);

export interface SortedFields {
  readonly params: Readonly<Record<string, Json>>;
  readonly unknown: readonly string[];
}

/**
 * Sorts the fields of a body.
 * @param own fields that the format reads by itself
 * @throws LoomError, when a param is of the wrong kind
 */
export function sortFields(
  body: JsonObject,
  own: ReadonlySet<string>,
  portable: PortableFields = portableFields,
): SortedFields {
  const params: Record<string, Json> = {};
  const unknown: string[] = [];
  for (const name in body) {
    const value = given(body[name]);
    // As the name of a field it could only do harm.
    if (value === undefined || name === "__proto__" || own.has(name)) continue;
    const field = portable.get(name);
    if (field === undefined) {
      if (idle.get(name)?.(value) !== true) unknown.push(name);
      continue;
    }
    const fault = field.check(value);
    if (fault !== undefined) throw invalid(name, fault);
    // Said twice, the newer name counts.
    if (name === field.param && params[field.param] !== undefined) continue;
    params[field.param] = value;
  }
  return { params, unknown };
}

/** What every format of OpenAI's text models says of itself. @throws LoomError, when it is of the wrong kind */
export function readHead(
  body: JsonObject,
): { readonly model: string; readonly stream: boolean; readonly user?: string } {
  const { model } = body;
  if (typeof model !== "string" || model === "") {
    throw invalid("model", `must name a model, and is ${model === "" ? "empty" : kindOf(model)}`);
  }
  const stream = given(body["stream"]) ?? false;
  if (typeof stream !== "boolean") throw invalid("stream", `must be true or false, not ${kindOf(stream)}`);
  const user = given(body["user"]);
  if (user !== undefined && typeof user !== "string") {
    throw invalid("user", `must be a string, not ${kindOf(user)}`);
  }
  return { model, stream, ...(user !== undefined && user !== "" && { user }) };
}

/** Whether a stream is to end with a chunk that counts tokens. */
export function wantsUsage(body: JsonObject): boolean {
  const options = body["stream_options"];
  return typeof options === "object" && options !== null && "include_usage" in options &&
    options["include_usage"] === true;
}
