/** Reads a request of the Messages API. */

import type { JsonObject, Message } from "../../../contract/index.ts";
import type { Asked } from "../../format.ts";
import { booleanAt, invalid, isGiven, isObject, textAt } from "./checks.ts";
import { readOutput, readParams, readUser } from "./read-params.ts";
import { readChoice, readTools } from "./read-tools.ts";
import { readTurns } from "./read-turns.ts";

/** Fields whose meaning is read; of the three objects among them, the fields inside. */
const read: ReadonlyMap<string, ReadonlySet<string> | undefined> = new Map([
  ..."model messages system max_tokens stop_sequences stream temperature top_p top_k tools tool_choice output_format"
    .split(" ").map((name) => [name, undefined] as const),
  ["metadata", new Set(["user_id"])],
  ["output_config", new Set(["effort", "format"])],
  ["thinking", new Set(["type", "budget_tokens", "display"])],
]);

const thinkings: ReadonlySet<unknown> = new Set(["enabled", "adaptive", "disabled"]);

/** @throws LoomError `invalid-request`, whose path is in Anthropic's form: `messages.3.content.0.source` */
export function readMessages(body: JsonObject): Asked {
  return readRequest(body, false);
}

/** @param counting only the tokens of the request are asked for */
export function readRequest(body: JsonObject, counting: boolean): Asked {
  const model = textAt(body["model"], "model");
  if (model === "") throw invalid("model", "String should have at least 1 character; name a model");
  const params = readParams(body, counting);
  const choice = readChoice(body);
  if (choice?.serial === true) params["parallel_tool_calls"] = false;
  const tools = readTools(body);
  const output = readOutput(body);
  const user = readUser(body);
  const { stream } = body;
  const messages = readTurns(body);
  return {
    modality: "text",
    model,
    ...(messages.some(hasUnsigned) && { mustEncode: true }),
    call: {
      messages,
      params,
      stream: isGiven(stream) && booleanAt(stream, "stream"),
      ...(tools !== undefined && { tools }),
      ...(choice !== undefined && { toolChoice: choice.toolChoice }),
      ...(output !== undefined && { output }),
    },
    unknown: unknownIn(body),
    ...(user !== undefined && { user }),
  };
}

/** Thinking that another vendor did and this gateway wrote down; Anthropic refuses what it has not signed. */
function hasUnsigned({ content }: Message): boolean {
  return typeof content !== "string" &&
    content.some((part) => part.type === "reasoning" && (part.signature ?? "") === "");
}

function unknownIn(body: JsonObject): readonly string[] {
  const unknown: string[] = [];
  for (const name in body) if (isGiven(body[name]) && !isRead(name, body)) unknown.push(name);
  return unknown;
}

function isRead(name: string, body: JsonObject): boolean {
  if (!read.has(name)) return false;
  const fields = read.get(name);
  const value = body[name];
  if (fields === undefined || !isObject(value)) return true;
  if (name === "thinking" && !thinkings.has(value["type"])) return false;
  for (const field in value) if (!fields.has(field) && isGiven(value[field])) return false;
  return true;
}
