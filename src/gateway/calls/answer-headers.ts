/** The headers that every answer carries: who answered, what it cost, and what is left of the caller's limits. */

import type { AllowanceLevel, AllowanceState, Context, Reply } from "../../contract/index.ts";
import type { Headers } from "../http/exchange.ts";

/** @param overheadMs Loom's own time: all but what vendors took */
export function answerHeaders(requestId: string, ctx: Context, reply: Reply, overheadMs: number): Headers {
  const { ledger } = ctx;
  const { target } = reply;
  const headers: Headers = {
    ...requestHeaders(requestId),
    "x-loom-provider": target.provider,
    "x-loom-model": latin(target.model),
    "x-loom-cache": ledger.cache,
    "x-loom-attempts": String(ledger.attempts.length),
    "x-loom-overhead-ms": String(Math.round(overheadMs * 100) / 100),
  };
  const usd = ledger.cost?.usd;
  if (usd !== undefined) headers["x-loom-cost-usd"] = usd === null ? "unknown" : decimal(usd);
  if (ledger.allowance !== undefined) limitHeaders(ledger.allowance, headers);
  if (ledger.warnings.length > 0) headers["x-loom-warnings"] = warningsText(ledger.warnings);
  return headers;
}

/** Long enough for what people read, short enough for every proxy. */
const maxWarningChars = 1_000;

function warningsText(warnings: Context["ledger"]["warnings"]): string {
  return latin(
    warnings.map(({ code, message }) => `${code}: ${message}`).join("; ").slice(0, maxWarningChars),
  );
}

/** Under the names that the clients of OpenAI and Anthropic read, too. */
export function requestHeaders(requestId: string): Headers {
  return { "x-loom-request-id": requestId, "x-request-id": requestId, "request-id": requestId };
}

/** @see https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers */
export function limitHeaders({ requests, tokens }: AllowanceState, headers: Headers): void {
  if (requests !== undefined) {
    headers["x-ratelimit-limit-requests"] = String(requests.limit);
    headers["x-ratelimit-remaining-requests"] = remaining(requests);
    headers["x-ratelimit-reset-requests"] = reset(requests);
  }
  if (tokens !== undefined) {
    headers["x-ratelimit-limit-tokens"] = String(tokens.limit);
    headers["x-ratelimit-remaining-tokens"] = remaining(tokens);
    headers["x-ratelimit-reset-tokens"] = reset(tokens);
  }
}

function remaining({ remaining }: AllowanceLevel): string {
  return String(Math.max(0, Math.floor(remaining)));
}

function reset({ resetMs }: AllowanceLevel): string {
  return `${Math.round(resetMs) / 1000}s`;
}

/** Without exponent: 0.0000015, not 1.5e-6. */
function decimal(usd: number): string {
  const shortest = String(usd);
  if (!shortest.includes("e")) return shortest;
  return usd.toFixed(9).replace(/0+$/, "").replace(/\.$/, "");
}

/** Header values are Latin letters; names of models may be anything. */
function latin(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?");
}
