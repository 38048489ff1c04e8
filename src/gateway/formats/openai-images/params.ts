/** Params of pictures: OpenAI's, which reach vendors as they are, and those that mean the same everywhere. */

import type { JsonObject, Params } from "../../../contract/index.ts";
import { type FieldKind, given, invalid, readParams } from "../field-checks.ts";

const kinds: ReadonlyMap<string, FieldKind> = new Map<string, FieldKind>([
  ["n", "whole"],
  ["size", "text"],
  ["quality", "text"],
  ["style", "text"],
  ["background", "text"],
  ["moderation", "text"],
  ["output_format", "text"],
  ["output_compression", "whole"],
  ["input_fidelity", "text"],
  ["complexity", "text"],
  ["frame_count", "whole"],
  ["frame_duration_ms", "whole"],
  ["safety_identifier", "text"],
  ["aspect_ratio", "text"],
  ["seed", "whole"],
  ["negative_prompt", "text"],
]);

/** Those of the call itself; `response_format` says only how the answer is written, and most models refuse it. */
const own: ReadonlySet<string> = new Set(["model", "prompt", "user", "response_format", "stream"]);

/** What is no field that Loom has no word for. */
export const imageFields: readonly { has(name: string): boolean }[] = [kinds, own];

/** @throws LoomError `invalid-request` */
export function imageParams(body: JsonObject, fromForm: boolean): Params {
  const { stream } = readParams(body, new Map([["stream", "flag"]]), fromForm);
  if (stream === true) throw invalid("stream", "pictures come whole; leave it out or give false");
  const format = given(body, "response_format");
  if (format !== undefined && format !== "url" && format !== "b64_json") {
    throw invalid("response_format", "must be url or b64_json");
  }
  const params = readParams(body, kinds, fromForm);
  // `auto` asks for what is done anyway, in a word that only OpenAI has.
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== "auto"));
}
