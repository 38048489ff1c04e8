/** Reads an answer as it comes, for suites that pause, cancel and count ends. */

import type { LoomErrorLike } from "../contract/errors.ts";
import type { Part } from "../contract/part.ts";
import type { Answer, Flow, Outcome } from "../contract/reply.ts";
import { isContent } from "../kernel/index.ts";

/** What has come of an answer so far. */
export interface Reading {
  readonly parts: readonly Part[];
  /** Every end that was told; a good source tells exactly one. */
  readonly ends: readonly Outcome[];
  /** Parts that came after an end; a good source sends none. */
  readonly late: number;
  /** Whether anything was delivered before the source's function had returned. */
  readonly early: boolean;
  readonly content: number;
  readonly flow: Flow;
}

/** Starts a streamed answer, or lays out a whole one, and keeps what comes. */
export function readAnswer(answer: Answer): Reading {
  const parts: Part[] = [];
  const ends: Outcome[] = [];
  let late = 0;
  let early = false;
  let started = false;
  let flow: Flow = { pause() {}, resume() {}, cancel(_reason: LoomErrorLike) {} };
  if ("parts" in answer) {
    parts.push(...answer.parts);
    ends.push({ status: "ok" });
  } else {
    flow = answer.source({
      parts(batch) {
        early ||= !started;
        if (ends.length > 0) late += batch.length;
        parts.push(...batch);
      },
      end(outcome) {
        early ||= !started;
        ends.push(outcome);
      },
    });
  }
  started = true;
  return {
    parts,
    ends,
    flow,
    get late() {
      return late;
    },
    get early() {
      return early;
    },
    get content() {
      return parts.filter(isContent).length;
    },
  };
}

/** The text of parts, joined. */
export function textOf(parts: readonly Part[]): string {
  return parts.map((part) => part.type === "text" ? part.text : "").join("");
}
