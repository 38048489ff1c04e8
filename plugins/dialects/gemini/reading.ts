/** How answers are read: errors in good bodies, blocked prompts, and what an answer says of itself. */

import {
  asFields,
  asList,
  asText,
  detailsOf,
  type ErrorDecoder,
  faultOf,
  faultOfText,
  type Fields,
  type LoomError,
  loomError,
  type Manifest,
  type Part,
  type WireReplyHead,
} from "../../../src/plugin.ts";

export interface Reading {
  readonly manifest: Manifest;
  readonly errors: ErrorDecoder;
  /** Throws the error that a body holds in spite of its good status. */
  refuseFault(body: Fields, head: WireReplyHead): void;
  /** Throws when the prompt was blocked: such a body has no candidates. */
  refuseBlocked(body: Fields, head: WireReplyHead): void;
  /** The error of an answer that is none. */
  notAnAnswer(head: WireReplyHead, why: string): LoomError;
  /** The error of an answer that Google made or would have made, and keeps back. */
  filtered(head: WireReplyHead, why: string): LoomError;
}

export function reading(manifest: Manifest, errors: ErrorDecoder): Reading {
  function filtered(head: WireReplyHead, why: string): LoomError {
    return loomError(
      "content-filtered",
      `${manifest.label} withheld the answer: ${why}`,
      {},
      detailsOf(head.ctx, head),
    );
  }
  return {
    manifest,
    errors,
    filtered,
    notAnAnswer: errors.notAnAnswer,
    refuseFault(body, head) {
      const { error } = body;
      if (error === undefined || error === null) return;
      throw errors.fromFault(head, faultOf(body) ?? faultOfText(""));
    },
    refuseBlocked(body, head) {
      const feedback = asFields(body["promptFeedback"]);
      const reason = asText(feedback?.["blockReason"]);
      if (reason === undefined || (asList(body["candidates"]) ?? []).length > 0) return;
      const words = asText(feedback?.["blockReasonMessage"]);
      throw filtered(head, `the prompt was blocked (${reason}${words === undefined ? "" : `: ${words}`})`);
    },
  };
}

/** `response`, where the vendor says anything. */
export function responsePart(body: Fields): Part | undefined {
  const id = asText(body["responseId"]);
  const model = asText(body["modelVersion"]);
  if (id === undefined && model === undefined) return undefined;
  return { type: "response", ...(id !== undefined && { id }), ...(model !== undefined && { model }) };
}

/** Choice 0 goes without saying. */
export function at<P extends Part>(choice: number, part: P): P {
  return choice === 0 ? part : { ...part, choice };
}
