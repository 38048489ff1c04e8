/** Makes Loom's errors out of vendors' complaints, whatever body they come in. */

import type { Attempting } from "../contract/context.ts";
import type { WireReplyHead } from "../contract/dialect.ts";
import type { Manifest } from "../contract/manifest.ts";
import { type ErrorDetails, type LoomError, loomError } from "../errors/index.ts";
import { classifier } from "./classify.ts";
import { type Fault, faultOf, faultOfText } from "./fault.ts";
import { bucketResetMs, durationMs, header, hintMs, retryAfterMs } from "./retry-after.ts";

/** Most characters of a vendor's sentence that go into a message. */
const maxMessage = 300;

/** Makes errors for one vendor. */
export interface ErrorDecoder {
  /** From a body of any kind. */
  fromBody(head: WireReplyHead, body: string): LoomError;
  /** From a fault found inside an answer. */
  fromFault(head: WireReplyHead, fault: Fault): LoomError;
  /** The error of an answer that is none. */
  notAnAnswer(head: WireReplyHead, why: string): LoomError;
}

export function errorDecoder(manifest: Manifest): ErrorDecoder {
  const classify = classifier(manifest);

  function fromFault(head: WireReplyHead, fault: Fault): LoomError {
    const status = head.status >= 300 ? head.status : fault.status;
    const verdict = classify(status, fault);
    const base = detailsOf(head.ctx, head, fault);
    const waits = verdict.code === "rate-limited" || verdict.code === "overloaded" ||
      verdict.code === "provider-failed" || verdict.code === "quota-exhausted";
    const retryAfter = waits ? waitOf(head, fault, status) : undefined;
    let { recovery } = verdict;
    const error = (details: ErrorDetails) =>
      loomError(verdict.code, sentence(manifest.label, status, fault), {}, details);
    const draft = error({ ...base, status, retryAfterMs: retryAfter, recovery });
    if (header(head.headers, "x-should-retry") !== "false" || draft.recovery !== "same-target") return draft;
    recovery = "next-target";
    return error({ ...base, status, retryAfterMs: retryAfter, recovery });
  }

  return {
    fromFault,
    fromBody: (head, body) => fromFault(head, readFault(body)),
    notAnAnswer: (head, why) =>
      loomError(
        "invalid-reply",
        `${manifest.label} sent something that is not an answer: ${why}`,
        {},
        detailsOf(head.ctx, head),
      ),
  };
}

/** What every error of an answer carries. */
export function detailsOf(ctx: Attempting, head: WireReplyHead, fault?: Fault): ErrorDetails {
  const { headers } = head;
  return {
    provider: ctx.target.provider,
    model: ctx.target.model,
    requestId: header(headers, "x-request-id") ?? header(headers, "request-id") ??
      header(headers, "apim-request-id") ?? fault?.requestId,
  };
}

function readFault(body: string): Fault {
  const start = body.trimStart().charAt(0);
  if (start === "{" || start === "[") {
    try {
      return faultOf(JSON.parse(body)) ?? faultOfText("");
    } catch {
      return faultOfText(body);
    }
  }
  return faultOfText(body);
}

function waitOf(head: WireReplyHead, fault: Fault, status: number | undefined): number | undefined {
  return retryAfterMs(head.headers, Date.now()) ??
    (fault.wait === undefined ? undefined : durationMs(fault.wait)) ??
    hintMs(fault.words) ??
    (status === 429 ? bucketResetMs(head.headers) : undefined);
}

function sentence(label: string, status: number | undefined, fault: Fault): string {
  const said = fault.message ?? fault.type ?? fault.code;
  const who = status === undefined ? label : `${label} answered ${status}`;
  const hint = status === 404 && fault.code === undefined && fault.type === undefined
    ? " (if the model is right, baseUrl may not be)"
    : "";
  return `${who}: ${said === undefined ? "no reason was given" : clean(said)}${hint}`;
}

/** Prefixes under which vendors hand out keys, then anything that is too long and too mixed to be a word. */
const keys =
  /\b(?:sk|pk|rk|gsk|xai|nvapi|pplx|csk|fw|tgp|hf|key|ghp|AIza)[-_]?[A-Za-z0-9_*.-]{12,}|\bsk-[^\s"',]+/g;
const bearer = /(bearer\s+)[^\s"',]+/gi;
const blob = /\b(?=[\w.-]*\d)(?=[\w.-]*[A-Za-z])[A-Za-z0-9_.-]{48,}\b/g;

/** One line, bounded, without anything that looks like a key. */
export function clean(text: string): string {
  const line = text.slice(0, 4 * maxMessage).replace(/\s+/g, " ").trim()
    .replace(bearer, "$1[key]").replace(keys, "[key]").replace(blob, "[…]");
  return line.length <= maxMessage ? line : `${line.slice(0, maxMessage - 1)}…`;
}
