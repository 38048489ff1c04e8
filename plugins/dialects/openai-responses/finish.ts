/** Why a response ended, from its status and the reason it gives when it is incomplete. */

import { asFields, asText, type Fields, type FinishReason, type Part } from "../../../src/plugin.ts";

const reasons: Readonly<Record<string, FinishReason>> = {
  max_output_tokens: "length",
  max_tokens: "length",
  length: "length",
  max_tool_calls: "length",
  content_filter: "content-filter",
  safety: "content-filter",
};

/** `hasCalls`: it holds calls that the caller is to run. */
export function finishPart(response: Fields, hasCalls: boolean): Part {
  const status = asText(response["status"]) ?? "completed";
  if (status === "incomplete") {
    const why = asText(asFields(response["incomplete_details"])?.["reason"]);
    return { type: "finish", reason: reasons[why ?? ""] ?? "other", raw: why ?? status };
  }
  // A model that declines has said what it had to say, as in chat completions.
  return { type: "finish", reason: hasCalls ? "tool-calls" : "stop", raw: status };
}
