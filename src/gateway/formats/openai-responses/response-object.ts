/** Writes the response object: what was asked said again, and what became of it. */

import type { FinishReason, Json, JsonObject, Usage } from "../../../contract/index.ts";
import type { AnswerFacts } from "../../format.ts";

/** What is known of an answer at one moment. */
export interface State {
  readonly status: "in_progress" | "completed" | "incomplete" | "failed";
  readonly output: readonly JsonObject[];
  readonly usage?: Usage | undefined;
  /** Why it is incomplete. */
  readonly reason?: string | undefined;
  readonly error?: JsonObject;
}

/** Who answered, where the answer says it itself. */
export interface Said {
  readonly id?: string | undefined;
  readonly model?: string | undefined;
}

/** The response at one moment. Loom keeps no responses, whatever `store` asked for. */
export function responseObject(facts: AnswerFacts, said: Said, state: State): JsonObject {
  const { status, output, usage, reason, error } = state;
  return {
    id: responseId(facts, said),
    object: "response",
    created_at: facts.createdAtS,
    status,
    error: error ?? null,
    incomplete_details: reason === undefined ? null : { reason },
    model: said.model ?? facts.model,
    output,
    usage: usage === undefined ? null : usageOf(usage),
    ...(usage?.serviceTier !== undefined && { service_tier: usage.serviceTier }),
    ...asked(facts.body),
  };
}

export function responseId({ callId }: AnswerFacts, { id }: Said): string {
  return id ?? `resp_${callId}`;
}

/** The request's fields, with what stands for those that it left out. */
export function asked(body: JsonObject): JsonObject {
  const or = (name: string, otherwise: Json): Json => body[name] ?? otherwise;
  return {
    access_programs: null,
    background: false,
    instructions: or("instructions", null),
    max_output_tokens: or("max_output_tokens", null),
    max_tool_calls: or("max_tool_calls", null),
    metadata: or("metadata", {}),
    parallel_tool_calls: or("parallel_tool_calls", true),
    previous_response_id: or("previous_response_id", null),
    prompt_cache_key: or("prompt_cache_key", null),
    reasoning: { effort: null, summary: null, ...(or("reasoning", {}) as JsonObject) },
    safety_identifier: or("safety_identifier", null),
    store: false,
    temperature: or("temperature", null),
    text: { format: { type: "text" }, ...(or("text", {}) as JsonObject) },
    tool_choice: or("tool_choice", "auto"),
    tools: or("tools", []),
    top_logprobs: or("top_logprobs", 0),
    top_p: or("top_p", null),
    truncation: or("truncation", "disabled"),
    ...(typeof body["user"] === "string" && { user: body["user"] }),
  };
}

export function usageOf(usage: Usage): JsonObject {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: {
      cached_tokens: usage.cachedTokens,
      cache_write_tokens: usage.cacheWriteTokens,
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.totalTokens,
  };
}

/** Reasons of this format, which its vendors give as they are. */
const reasons: ReadonlySet<string | undefined> = new Set([
  ..."max_output_tokens max_tool_calls max_messages content_filter steered".split(" "),
]);

/** Why an answer is incomplete; `undefined`: it is complete. */
export function incompleteReason(
  finish: FinishReason | undefined,
  raw: string | undefined,
): string | undefined {
  if (finish === "stop" || finish === "tool-calls") return undefined;
  if (reasons.has(raw)) return raw;
  if (finish === "length") return "max_output_tokens";
  return finish === "content-filter" ? "content_filter" : undefined;
}
