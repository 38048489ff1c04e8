/** Decodes whole answers. */

import {
  asFields,
  asIndex,
  asList,
  asText,
  type Fields,
  type Json,
  type Part,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { Candidate } from "./candidate.ts";
import { ContentStream, maxCandidates } from "./decode-stream.ts";
import { finishReason } from "./finish.ts";
import { type Reading, responsePart } from "./reading.ts";
import { billedQueries, readUsage } from "./usage.ts";

/** Decodes one body. @throws LoomError, when it holds an error or no answer */
export function decodeWhole(body: Json, head: WireReplyHead, how: Reading): readonly Part[] {
  const events = asList(body);
  if (events !== undefined) return decodeArray(events, head, how);
  const fields = asFields(body);
  if (fields === undefined) throw how.notAnAnswer(head, "it is not a JSON object");
  how.refuseFault(fields, head);
  how.refuseBlocked(fields, head);
  const candidates = asList(fields["candidates"]);
  if (candidates === undefined || candidates.length === 0) {
    throw how.notAnAnswer(head, "it has no `candidates`");
  }

  const parts: Part[] = [];
  const response = responsePart(fields);
  if (response !== undefined) parts.push(response);
  let queries = 0;
  candidates.forEach((entry, position) => {
    const given = asFields(entry);
    if (given === undefined) throw how.notAnAnswer(head, `\`candidates[${position}]\` is not an object`);
    const candidate = new Candidate(
      candidates.length === 1 ? 0 : candidateIndex(given, position),
      head,
      how,
      false,
    );
    const before = parts.length;
    candidate.read(given, asText(fields["responseId"]), parts);
    if (parts.length === before && candidate.word === undefined && given["content"] === undefined) {
      throw how.notAnAnswer(head, "a candidate has neither content nor a reason for its end");
    }
    refuseMissingMedia(candidate, parts, head, how);
    candidate.end(parts);
    queries += candidate.queries;
  });
  const usage = readUsage(fields, billedQueries(queries, head.ctx.target.upstreamModel));
  if (usage !== undefined) parts.push({ type: "usage", usage });
  parts.push({ type: "raw", value: body });
  return parts;
}

export function candidateIndex(candidate: Fields, position: number): number {
  return asIndex(candidate["index"], maxCandidates) ?? position;
}

/** The answer to a request for a stream that came as one JSON array of its events. */
function decodeArray(events: readonly unknown[], head: WireReplyHead, how: Reading): readonly Part[] {
  if (events.length === 0) throw how.notAnAnswer(head, "it is an empty list");
  const stream = new ContentStream(head, how);
  const parts: Part[] = [];
  for (const event of events) parts.push(...stream.chunk(event));
  parts.push(...stream.end());
  return parts.filter(({ type }) => type !== "tool-call-start" && type !== "tool-call-delta");
}

/** A picture or a speech that was not made is no answer, whatever words came in its place. */
function refuseMissingMedia(
  candidate: Candidate,
  parts: readonly Part[],
  head: WireReplyHead,
  how: Reading,
): void {
  const { modality } = head.ctx.target;
  if (modality === "text") return;
  const wanted = modality === "speech" ? "audio" : "image";
  if (parts.some(({ type }) => type === wanted)) return;
  const words = parts.flatMap((part) => part.type === "text" ? [part.text] : []).join("").slice(0, 200);
  const why = `${candidate.word ?? "no reason"}${
    candidate.message === undefined ? "" : `: ${candidate.message}`
  }`;
  if (finishReason(candidate.word, false) === "content-filter") throw how.filtered(head, why);
  throw how.notAnAnswer(head, `it has no ${wanted} (${why})${words === "" ? "" : `, but says: ${words}`}`);
}
