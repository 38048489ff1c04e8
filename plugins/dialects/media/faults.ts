/** What went wrong inside an answer with a good status. */

import {
  asFields,
  asText,
  asWord,
  detailsOf,
  type ErrorDecoder,
  type Fault,
  faultOf,
  faultOfText,
  jsonPointer,
  type LoomError,
  loomError,
  type Manifest,
  type WireReplyHead,
} from "../../../src/plugin.ts";

/** Finds faults for one vendor. */
export interface Faults {
  /** The fault that the vendor's own fields name, as a code that is not one of the good ones. */
  inBody(body: unknown): Fault | undefined;
  /** Any fault that can be seen in an answer that has nothing else. */
  anywhere(body: unknown): Fault | undefined;
  errorOf(head: WireReplyHead, fault: Fault): LoomError;
  /** The vendor made it, or read it, and holds it back. */
  heldBack(head: WireReplyHead, why: string | undefined): LoomError;
  notAnAnswer(head: WireReplyHead, why: string): LoomError;
}

export function faultsOf(manifest: Manifest, errors: ErrorDecoder): Faults {
  const { inBody: rules } = manifest.errors ?? {};
  const code = rules === undefined ? undefined : jsonPointer(rules.code);
  const message = rules === undefined ? undefined : jsonPointer(rules.message);
  const good = new Set<unknown>(rules?.ok);

  function inBody(body: unknown): Fault | undefined {
    const found = code?.(body);
    if (found === undefined || found === null || good.has(found)) return undefined;
    return { ...faultOf({ message: message?.(body) ?? "" }) ?? faultOfText(""), code: asWord(found) };
  }

  return {
    inBody,
    anywhere: (body) => inBody(body) ?? faultIn(body),
    errorOf: (head, fault) => errors.fromFault(head, fault),
    heldBack: (head, why) =>
      loomError(
        "content-filtered",
        `${manifest.label} held the result back${why === undefined ? "" : `: ${why.slice(0, 300)}`}`,
        {},
        detailsOf(head.ctx, head),
      ),
    notAnAnswer: errors.notAnAnswer,
  };
}

/** `error: false` and the like say that there is none. */
function faultIn(body: unknown): Fault | undefined {
  const { error, ...rest } = asFields(body) ?? {};
  return faultOf(error === null || error === false || error === "" ? rest : body);
}

/** The fault that stands at a place: an object with code and message, or a sentence. */
export function faultAt(value: unknown): Fault | undefined {
  const fields = asFields(value);
  if (fields !== undefined) {
    const fault = faultOf({ error: fields });
    return fault?.message === undefined ? faultOf(fields) ?? fault : fault;
  }
  const text = asText(value);
  return text === undefined ? undefined : faultOf({ error: text });
}
