/** How one vendor's answers are read: what its manifest says, compiled once. */

import {
  asFields,
  asWord,
  type Attempting,
  type ErrorDecoder,
  faultOf,
  faultOfText,
  type Fields,
  jsonPointer,
  type LoomError,
  type Manifest,
  type Usage,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { type FinishReader, finishReader } from "./finish.ts";
import { type UsageReader, usageReader } from "./usage.ts";

export interface Reading {
  readonly manifest: Manifest;
  readonly errors: ErrorDecoder;
  readonly usage: UsageReader;
  readonly finish: FinishReader;
  readonly reasoningFields: readonly string[];
  readonly tags: boolean;
  /** Throws the error that a body holds in spite of its good status. */
  refuseFault(body: Fields, head: WireReplyHead): void;
  /** The error of an answer that is none. */
  notAnAnswer(head: WireReplyHead, why: string): LoomError;
}

/** What the readers of one answer need. */
export interface Decoding {
  readonly ctx: Attempting;
  usage(body: Fields): Usage | undefined;
  notAnAnswer(why: string): LoomError;
}

export function reading(manifest: Manifest, errors: ErrorDecoder): Reading {
  const { inBody } = manifest.errors ?? {};
  const code = inBody === undefined ? undefined : jsonPointer(inBody.code);
  const message = inBody === undefined ? undefined : jsonPointer(inBody.message);
  const good = new Set<unknown>(inBody?.ok);

  /** Cerebras and Mistral say `{message, code}` with nothing around it. */
  function refuseFlat(body: Fields, head: WireReplyHead): void {
    if (body["choices"] !== undefined || body["data"] !== undefined) return;
    const fault = faultOf(body);
    if (fault !== undefined) throw errors.fromFault(head, fault);
  }

  return {
    manifest,
    errors,
    usage: usageReader(manifest),
    finish: finishReader(manifest),
    // The field that the manifest names comes first; hosts of open models use the other one for some of them, Copilot the last.
    reasoningFields: [
      ...new Set([
        manifest.reasoning?.reply ?? "reasoning_content",
        "reasoning_content",
        "reasoning",
        "reasoning_text",
      ]),
    ],
    tags: manifest.reasoning?.tags === true,

    refuseFault(body, head) {
      const { error } = body;
      if (error !== undefined && error !== null && error !== "" && error !== false) {
        throw errors.fromFault(head, faultOf(body) ?? faultOfText(""));
      }
      const groq = asFields(body["x_groq"])?.["error"];
      if (groq !== undefined && groq !== null) {
        throw errors.fromFault(head, faultOf({ error: groq }) ?? faultOfText(""));
      }
      const found = code?.(body);
      if (found === undefined || found === null || good.has(found)) return refuseFlat(body, head);
      const fault = faultOf({ message: message?.(body) ?? "", code: found }) ?? faultOfText("");
      throw errors.fromFault(head, { ...fault, code: asWord(found) });
    },

    notAnAnswer: errors.notAnAnswer,
  };
}
