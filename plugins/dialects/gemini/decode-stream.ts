/** Decodes streamed answers: every event is a whole body with a piece of each candidate. */

import {
  asFields,
  asIndex,
  asList,
  asText,
  detailsOf,
  type Fields,
  loomError,
  type Part,
  type ServerSentEvent,
  type StreamDecoder,
  type Usage,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { Candidate } from "./candidate.ts";
import { type Reading, responsePart } from "./reading.ts";
import { billedQueries, readUsage } from "./usage.ts";

const none: readonly Part[] = [];
/** More alternatives than Google gives. */
export const maxCandidates = 64;

/**
 * Decodes one stream. Google has no closing mark, and a `finishReason` may come in the middle (file search), so that an
 * answer is finished only when the connection ends.
 */
export class ContentStream implements StreamDecoder {
  readonly #head: WireReplyHead;
  readonly #how: Reading;
  readonly #candidates = new Map<number, Candidate>();
  #responded = false;
  #responseId: string | undefined;
  #usage: Usage | undefined;
  #partsSeen = 0;
  /** The event before, when a candidate had ended with it. */
  #last: string | undefined;

  constructor(head: WireReplyHead, how: Reading) {
    this.#head = head;
    this.#how = how;
  }

  event({ data }: ServerSentEvent): readonly Part[] {
    if (data === "" || data === "[DONE]") return none;
    // The end, sent again.
    if (data === this.#last) return none;
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      throw this.#how.notAnAnswer(this.#head, `an event of ${data.length} characters is not JSON`);
    }
    const parts = this.chunk(value);
    this.#last = [...this.#candidates.values()].some(({ ended }) => ended) ? data : undefined;
    return parts;
  }

  /** Decodes one event's body. */
  chunk(value: unknown): readonly Part[] {
    // An error may be wrapped in a list.
    const body = asFields(value) ?? asFields(asList(value)?.[0]);
    if (body === undefined) throw this.#how.notAnAnswer(this.#head, "an event is not a JSON object");
    this.#how.refuseFault(body, this.#head);
    if (!this.#begun) this.#how.refuseBlocked(body, this.#head);
    const parts: Part[] = [];
    if (!this.#responded) this.#respond(body, parts);
    const candidates = asList(body["candidates"]) ?? [];
    for (let position = 0; position < candidates.length; position++) {
      const given = asFields(candidates[position]);
      if (given !== undefined) this.#candidate(given, position).read(given, this.#responseId, parts);
    }
    const usage = readUsage(body, this.#queries());
    if (usage !== undefined) parts.push({ type: "usage", usage: this.#usage = usage });
    this.#partsSeen += parts.length;
    return parts;
  }

  end(): readonly Part[] {
    const candidates = [...this.#candidates.values()];
    if (!candidates.some(({ ended }) => ended) || candidates.some(({ open }) => open)) {
      const { provider } = this.#head.ctx.target;
      throw loomError(
        "stream-broken",
        `${provider}: the stream ended after ${this.#partsSeen} part(s), before the answer did`,
        { partsSeen: this.#partsSeen },
        detailsOf(this.#head.ctx, this.#head),
      );
    }
    const parts: Part[] = [];
    for (const candidate of candidates) candidate.end(parts);
    const queries = this.#queries();
    if (this.#usage !== undefined && queries > 0 && this.#usage.queries !== queries) {
      parts.push({ type: "usage", usage: { ...this.#usage, queries } });
    }
    return parts;
  }

  #respond(body: Fields, parts: Part[]): void {
    const response = responsePart(body);
    if (response === undefined) return;
    this.#responded = true;
    this.#responseId = asText(body["responseId"]);
    parts.push(response);
  }

  #candidate(given: Fields, position: number): Candidate {
    const index = asIndex(given["index"], maxCandidates) ?? position;
    let candidate = this.#candidates.get(index);
    if (candidate !== undefined) return candidate;
    if (this.#candidates.size >= maxCandidates) {
      throw this.#how.notAnAnswer(this.#head, "it has too many candidates");
    }
    candidate = new Candidate(index, this.#head, this.#how, true);
    this.#candidates.set(index, candidate);
    return candidate;
  }

  /** Whether anything of a candidate came. */
  get #begun(): boolean {
    for (const { ended, open } of this.#candidates.values()) if (ended || open) return true;
    return false;
  }

  #queries(): number {
    let queries = 0;
    for (const candidate of this.#candidates.values()) queries += candidate.queries;
    return billedQueries(queries, this.#head.ctx.target.upstreamModel);
  }
}
