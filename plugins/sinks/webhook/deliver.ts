/** One batch to its address: the same body and id again until it is taken, refused for good, or too late. */

import { createHmac } from "node:crypto";
import {
  type Backoff,
  backoffMs,
  type CallRecord,
  type Clock,
  type Http,
  LoomError,
  type PlainReply,
  type Random,
} from "../../../src/plugin.ts";

export interface Delivery {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: string | undefined;
  readonly http: Pick<Http, "request">;
  readonly clock: Clock;
  readonly random: Random;
}

const attempts = 6;
const backoff: Backoff = { baseDelayMs: 500, maxDelayMs: 15_000, factor: 2 };
const timeoutMs = 10_000;
const longestWaitMs = 60_000;

/** @throws Error saying why it was given up */
export async function deliver(
  delivery: Delivery,
  records: readonly CallRecord[],
  signal: AbortSignal,
): Promise<void> {
  const { url, http, clock, random } = delivery;
  const body = JSON.stringify({ type: "loom.calls", records });
  const id = crypto.randomUUID();
  for (let attempt = 1;; attempt++) {
    const outcome = await http.request({
      method: "POST",
      url,
      headers: headersOf(delivery, id, body),
      body,
      timeoutMs,
      signal,
    }).catch(failed);
    if (!(outcome instanceof Error)) {
      const { status } = outcome;
      if (status >= 200 && status < 300) return;
      if (!isPassing(status)) throw new Error(`it answered ${status}`);
    }
    if (attempt === attempts || signal.aborted) {
      throw outcome instanceof Error ? outcome : new Error(`it answered ${outcome.status}`);
    }
    const askedMs = outcome instanceof Error ? undefined : retryAfterMs(outcome);
    await wait(askedMs ?? backoffMs(attempt, backoff, random), clock, signal);
  }
}

/** `Loom-Signature: t=<seconds>,v1=<hex>`: HMAC-SHA256 of `<seconds>.<body>`. */
function headersOf({ headers, secret, clock }: Delivery, id: string, body: string): Record<string, string> {
  const sent = { ...headers, "content-type": "application/json", "loom-delivery": id };
  if (secret === undefined) return sent;
  const seconds = Math.floor(clock.now() / 1000);
  const proof = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return { ...sent, "loom-signature": `t=${seconds},v1=${proof}` };
}

/** What the network did may be over soon; anything else is our own fault, and stays. */
function failed(error: unknown): Error {
  if (LoomError.is(error)) return error;
  throw error;
}

function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

function retryAfterMs({ headers }: PlainReply): number | undefined {
  const seconds = Number(headers["retry-after"] ?? NaN);
  return seconds >= 0 ? Math.min(seconds * 1000, longestWaitMs) : undefined;
}

/** Ends early, without a word, when the signal aborts. */
function wait(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      stopTimer();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const stopTimer = clock.after(ms, end, { background: true });
    signal.addEventListener("abort", end, { once: true });
  });
}
