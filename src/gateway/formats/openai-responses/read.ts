/** Reads a request for a response. */

import type { Json, JsonObject, OutputFormat } from "../../../contract/index.ts";
import type { Asked } from "../../format.ts";
import { holdsForeignItems } from "./own-items.ts";
import { statefulFields } from "../stateful-fields.ts";
import {
  invalid,
  isAbsent,
  nameAt,
  objectAt,
  optionalCount,
  optionalFlag,
  optionalNumber,
  optionalObject,
  optionalText,
} from "./fields.ts";
import { readInput } from "./read-input.ts";
import { readTools } from "./read-tools.ts";

/** What Loom has a word for. `stream_options` only asks for padding. */
const known: ReadonlySet<string> = new Set([
  ..."model input instructions stream stream_options tools tool_choice text".split(" "),
  ..."max_output_tokens temperature top_p parallel_tool_calls user safety_identifier reasoning".split(" "),
  // As the name of a field it could only do harm.
  "__proto__",
]);

/** @throws LoomError `invalid-request` */
export function readRequest(body: JsonObject): Asked {
  const model = nameAt(body["model"], "model");
  const stream = optionalFlag(body["stream"], "stream") ?? false;
  const messages = readInput(body, isContinued(body));
  const text = optionalObject(body["text"], "text");
  const output = text === undefined ? undefined : outputOf(text["format"]);
  const reasoning = optionalObject(body["reasoning"], "reasoning");
  const params = paramsOf(body, reasoning);
  const user = optionalText(body["user"], "user") ??
    optionalText(body["safety_identifier"], "safety_identifier");
  return {
    modality: "text",
    model,
    ...(holdsForeignItems(body) && { mustEncode: true }),
    call: {
      messages,
      params,
      stream,
      ...readTools(body),
      ...(output !== undefined && { output }),
    },
    unknown: [
      ...Object.keys(body).filter((name) => !known.has(name) && asksForSomething(name, body[name])),
      ...unknownIn("text", text, ["format"]),
      ...unknownIn("reasoning", reasoning, ["effort"]),
    ],
    ...(user !== undefined && user !== "" && { user }),
  };
}

function paramsOf(
  body: JsonObject,
  reasoning: JsonObject | undefined,
): Readonly<Record<string, Json>> {
  const params: Record<string, Json> = {};
  const say = (name: string, value: Json | undefined) => {
    if (value !== undefined) params[name] = value;
  };
  say("max_tokens", optionalCount(body["max_output_tokens"], "max_output_tokens"));
  say("temperature", optionalNumber(body["temperature"], "temperature"));
  say("top_p", optionalNumber(body["top_p"], "top_p"));
  say("parallel_tool_calls", optionalFlag(body["parallel_tool_calls"], "parallel_tool_calls"));
  say("reasoning_effort", optionalText(reasoning?.["effort"], "reasoning.effort"));
  return params;
}

/** Any object is what `json_object` asks for. */
function outputOf(value: Json | undefined): OutputFormat | undefined {
  if (isAbsent(value)) return undefined;
  const format = objectAt(value, "text.format");
  switch (format["type"]) {
    case "text":
      return undefined;
    case "json_object":
      return { schema: { type: "object" }, name: "output", repair: 0 };
    case "json_schema":
      return {
        schema: objectAt(format["schema"], "text.format.schema"),
        name: nameAt(format["name"], "text.format.name"),
        repair: 0,
      };
    default:
      throw invalid("text.format.type", "must be one of text, json_object and json_schema");
  }
}

/** Values that ask for what happens anyway. */
const idle: ReadonlyMap<string, Json> = new Map<string, Json>([
  ["background", false],
  ["service_tier", "auto"],
  ["truncation", "disabled"],
]);

function asksForSomething(name: string, value: Json | undefined): boolean {
  return !isAbsent(value) && idle.get(name) !== value;
}

/** The fields of a field that Loom has no word for. */
function unknownIn(name: string, fields: JsonObject | undefined, read: readonly string[]): readonly string[] {
  return Object.keys(fields ?? {})
    .filter((field) => !read.includes(field) && !isAbsent(fields?.[field]))
    .map((field) => `${name}.${field}`);
}

/** Whether the vendor holds more of the conversation. */
function isContinued(body: JsonObject): boolean {
  return (statefulFields["openai-responses"] ?? []).some((name) => asksForSomething(name, body[name]));
}
