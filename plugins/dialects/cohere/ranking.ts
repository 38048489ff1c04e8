/** Ranking: how well each of some texts answers a question. */

import {
  asFields,
  asIndex,
  asList,
  asText,
  type Attempting,
  type Body,
  type Json,
  type Notice,
  type ParamWriter,
  type Part,
  type WireReplyHead,
  type WireRequest,
} from "../../../src/plugin.ts";
import type { CohereErrors } from "./errors.ts";
import { missing } from "./invalid.ts";
import { metaUsage } from "./usage.ts";

export function encodeRanking(ctx: Attempting, writeParams: ParamWriter): WireRequest {
  const { call, target } = ctx;
  const notices: Notice[] = [];
  if (call.prompt === undefined || call.prompt === "") {
    throw missing(ctx, "prompt", "a rerank call needs the question that documents are ranked against");
  }
  if (call.input === undefined || call.input.length === 0) {
    throw missing(ctx, "input", "a rerank call needs at least one document");
  }
  const body: Body = { model: target.upstreamModel, query: call.prompt, documents: call.input };
  writeParams(target.params, body, notices);
  return {
    method: "POST",
    path: "/v2/rerank",
    body: JSON.stringify(body),
    stream: false,
    ...(notices.length > 0 && { warnings: notices }),
  };
}

/** Best first, as they come. @throws LoomError, when the body holds an error or no ranking */
export function decodeRanking(body: Json, head: WireReplyHead, errors: CohereErrors): readonly Part[] {
  const fields = asFields(body);
  if (fields === undefined) throw errors.notAnAnswer(head, "it is not a JSON object");
  errors.refuse(fields, head);
  const results = asList(fields["results"]);
  if (results === undefined) throw errors.notAnAnswer(head, "it has no `results`");
  const documents = head.ctx.call.input?.length ?? Infinity;
  const id = asText(fields["id"]);
  const parts: Part[] = id === undefined ? [] : [{ type: "response", id }];
  for (const entry of results) {
    const result = asFields(entry);
    const index = asIndex(result?.["index"], documents);
    const score = result?.["relevance_score"];
    if (index === undefined || typeof score !== "number") {
      throw errors.notAnAnswer(head, "a result names no document or no score");
    }
    parts.push({ type: "rank", index, score });
  }
  const usage = metaUsage(fields);
  if (usage !== undefined) parts.push({ type: "usage", usage });
  parts.push({ type: "raw", value: body });
  return parts;
}
