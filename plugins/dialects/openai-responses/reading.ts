/** How one vendor's responses are read: what its manifest says, compiled once. */

import {
  detailsOf,
  type ErrorDecoder,
  faultOf,
  faultOfText,
  type Fields,
  type LoomError,
  loomError,
  type Manifest,
  modelParams,
  type Target,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { type UsageReader, usageReader } from "./usage.ts";

export interface Reading {
  readonly manifest: Manifest;
  readonly errors: ErrorDecoder;
  readonly usage: UsageReader;
  /** What the answer was asked to include beside itself; an answer that is fetched later is asked again. */
  includes(target: Target): readonly string[];
  /** Throws the error that a body holds in spite of its good status. */
  refuseFault(body: Fields, head: WireReplyHead): void;
  /** The error that a body or an event names; a general one, when it names none. */
  fault(body: Fields, head: WireReplyHead): LoomError;
  /** The error of an answer that is none. */
  notAnAnswer(head: WireReplyHead, why: string): LoomError;
  /** The error of a stream that ends before its answer. */
  broken(head: WireReplyHead, partsSeen: number): LoomError;
}

export function reading(manifest: Manifest, errors: ErrorDecoder): Reading {
  const paramsOf = modelParams(manifest);

  function fault(body: Fields, head: WireReplyHead): LoomError {
    const { error } = body;
    const named = error === undefined || error === null ? body : { error };
    return errors.fromFault(head, faultOf(named) ?? faultOfText(""));
  }

  return {
    manifest,
    errors,
    usage: usageReader(manifest),
    fault,
    notAnAnswer: errors.notAnAnswer,

    includes(target) {
      const { include } = paramsOf(target, []);
      return Array.isArray(include)
        ? include.filter((entry): entry is string => typeof entry === "string")
        : [];
    },

    refuseFault(body, head) {
      const { error } = body;
      if (error !== undefined && error !== null && error !== "" && error !== false) throw fault(body, head);
      // Some hosts say `{message, code}` with nothing around it.
      if (body["output"] !== undefined || body["object"] !== undefined) return;
      const flat = faultOf(body);
      if (flat !== undefined) throw errors.fromFault(head, flat);
    },

    broken(head, partsSeen) {
      const message =
        `${head.ctx.target.provider}: the stream ended after ${partsSeen} part(s), before the answer did`;
      return loomError("stream-broken", message, { partsSeen }, detailsOf(head.ctx, head));
    },
  };
}
