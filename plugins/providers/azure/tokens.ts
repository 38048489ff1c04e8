/** Tokens of Entra: kept until they near their end, renewed ahead of it, by one request for all who wait. */

import { clean, type Clock, LoomError, loomError } from "../../../src/plugin.ts";

/** A token as `@azure/identity` gives it. */
export interface Token {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresOnTimestamp: number;
}

export type FetchToken = (signal: AbortSignal) => Promise<Token | null>;

/** This long before its end, a token is renewed while it still serves. */
const aheadMs = 5 * 60_000;
/** A token this near its end no longer serves: the request may take a while to arrive. */
const spareMs = 30_000;
/** How long a renewal may take. */
const patienceMs = 30_000;
/** After a renewal that failed, a token that still serves is renewed again so much later. */
const pauseMs = 30_000;

export interface Tokens {
  /** @throws LoomError `auth-rejected`, when Entra gives none; the reason of `signal`, when the caller leaves first */
  get(signal: AbortSignal): string | Promise<string>;
}

export function createTokens(fetchToken: FetchToken, clock: Clock): Tokens {
  let held: Token | undefined;
  let renewal: Promise<Token> | undefined;
  let notBeforeMs = 0;

  function renew(): Promise<Token> {
    renewal ??= fetchOne().then((token) => held = token).finally(() => renewal = undefined);
    return renewal;
  }

  async function fetchOne(): Promise<Token> {
    const stop = new AbortController();
    let stopTimer: () => void = () => {};
    const late = new Promise<never>((_, reject) => {
      stopTimer = clock.after(patienceMs, () => {
        const error = loomError("timed-out", `Entra gave no token within ${patienceMs} ms`, {
          phase: "total",
          afterMs: patienceMs,
        }, { provider: "azure" });
        stop.abort(error);
        reject(error);
      });
    });
    try {
      const token = await Promise.race([fetchToken(stop.signal), late]);
      if (token !== null && token.token !== "") return token;
      throw new Error("it answered without one");
    } catch (cause) {
      if (LoomError.is(cause)) throw cause;
      const why = clean(cause instanceof Error ? cause.message : String(cause));
      throw loomError("auth-rejected", `Entra gave no token: ${why}`, {}, { provider: "azure", cause });
    } finally {
      stopTimer();
    }
  }

  return {
    get(signal) {
      const nowMs = clock.now();
      const leftMs = held === undefined ? 0 : held.expiresOnTimestamp - nowMs;
      if (held !== undefined && leftMs > spareMs) {
        if (leftMs < aheadMs && renewal === undefined && nowMs >= notBeforeMs) {
          notBeforeMs = nowMs + pauseMs;
          // The token at hand still serves; whoever finds it used up hears of a failure.
          renew().catch(() => undefined);
        }
        return held.token;
      }
      return unless(signal, renew()).then(({ token }) => token);
    },
  };
}

/** Who leaves does not take the renewal away from the others. */
function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => undefined);
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
