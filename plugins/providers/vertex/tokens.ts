/** Access tokens: each is used until a minute before its end, and many callers wait for one refresh. */

import { clean, type Clock, LoomError, loomError, type SignedHeaders } from "../../../src/plugin.ts";
import type { Credentials } from "./credentials.ts";

/** Requests on their way when a token ends are refused. */
const safetyMs = 60_000;
/** The library has no deadline of its own for every way to a token. */
const refreshMs = 30_000;

export interface Tokens {
  /** The headers that prove who asks. Synchronous while a token is fresh. @throws LoomError, when none can be had */
  headers(signal: AbortSignal): SignedHeaders | Promise<SignedHeaders>;
}

export function tokenSource(credentials: Credentials, clock: Clock): Tokens {
  let known: { readonly headers: SignedHeaders; readonly untilMs: number } | undefined;
  let refreshing: Promise<SignedHeaders> | undefined;

  async function refresh(): Promise<SignedHeaders> {
    const client = await credentials.client();
    const given = await client.getRequestHeaders();
    const headers: Record<string, string> = {};
    for (const name of ["authorization", "x-goog-user-project"]) {
      const value = given.get(name);
      if (value !== null) headers[name] = value;
    }
    if (headers["authorization"] === undefined) throw new Error("the credentials gave no token");
    // Credentials that do not say when their token ends are asked each time, and keep it themselves.
    const endMs = client.credentials.expiry_date;
    known = typeof endMs === "number" ? { headers, untilMs: endMs - safetyMs } : undefined;
    return headers;
  }

  return {
    headers(signal) {
      if (known !== undefined && clock.now() < known.untilMs) return known.headers;
      if (refreshing === undefined) {
        const begun = refreshing = inTime(refresh(), clock).catch((error: unknown) => {
          throw failure(error);
        }).finally(() => {
          if (refreshing === begun) refreshing = undefined;
        });
      }
      return orAborted(refreshing, signal);
    },
  };
}

/** Settles as the promise does, or fails when that takes too long: those who come later begin anew. */
function inTime<T>(promise: Promise<T>, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(refreshMs, () => {
      const message = `Vertex AI: Google gave no access token within ${refreshMs} ms`;
      reject(loomError("connection-failed", message, {}, { provider: "vertex" }));
    }, { background: true });
    promise.then(resolve, reject).finally(stop);
  });
}

/** Settles as the promise does, or rejects when the caller leaves first; the refresh goes on for those who still wait. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

/** The library's errors carry the request, with the assertion in it; only their words are kept. */
function failure(error: unknown): LoomError {
  if (LoomError.is(error)) return error;
  const { message = "", status, response, code } = (error ?? {}) as {
    readonly message?: string;
    readonly status?: number;
    readonly code?: unknown;
    readonly response?: { readonly status?: number; readonly data?: unknown };
  };
  // A JSON parser quotes what it stumbled over, which in a credentials file is a piece of a private key.
  const words = clean(message.replace(/, \.{0,3}"[^]*" is not valid JSON/, " is not valid JSON"));
  const said = response?.status ?? status;
  const details = { provider: "vertex" };
  if (/default credentials|ENOENT|does not exist|is not a file|no such file/i.test(message)) {
    return loomError(
      "key-missing",
      `Vertex AI found no Google credentials (${words}): set GOOGLE_APPLICATION_CREDENTIALS, or run ` +
        "`gcloud auth application-default login`",
      {
        names: ["GOOGLE_APPLICATION_CREDENTIALS"],
        places: ["the environment", "gcloud", "the metadata server"],
      },
      details,
    );
  }
  const refused = /invalid_grant|invalid_client|unauthorized_client|invalid_rapt/.test(
    `${message} ${String(code)}`,
  );
  if (refused || (said !== undefined && said >= 400 && said < 500 && said !== 429)) {
    return loomError("auth-rejected", `Vertex AI: Google refused the credentials: ${words}`, {}, {
      ...details,
      status: said,
    });
  }
  return loomError("connection-failed", `Vertex AI: no access token could be had: ${words}`, {}, details);
}
