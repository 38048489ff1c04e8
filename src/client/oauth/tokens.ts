/** Keeps an account logged in: gives its access token, renewed ahead of time, once for everybody who asks. */

import type { Secret } from "../../contract/secret.ts";
import { LoomError, loomError } from "../../errors/index.ts";
import { abortedError } from "../../kernel/index.ts";
import { systemClock } from "../../runtime/clock.ts";
import { hideSecret } from "../secret.ts";
import { checkClient } from "./client.ts";
import { areCredentials, hideCredentials } from "./credentials.ts";
import { refreshTokens } from "./refresh.ts";
import type { OAuthAccount, OAuthCredentials, OAuthServices } from "./types.ts";

/** Gives the tokens of one account, as `accounts: [{ oauth }]` wants them. */
export interface OAuthTokens {
  /**
   * The token for the next request.
   * @throws LoomError `key-missing`, when nobody has logged in; `auth-rejected`, when somebody must do so again
   */
  token(signal?: AbortSignal): Promise<Secret>;
  /** The vendor refused the token. True: the next `token()` gives another one. */
  rejected(): boolean;
}

/** With less than this left, a token is renewed while calls still use it. As the official SDK does. */
const softMs = 120_000;
/** With less than this left, calls wait for the new one. */
const hardMs = 30_000;
/** Between two attempts that nobody waits for, after one failed. */
const backoffMs = 5_000;
/** A refusal so soon after a renewal is taken to be that of the token before. */
const echoMs = 10_000;

/** @throws LoomError `config-invalid`, naming the field and the fix */
export function oauthTokens(account: OAuthAccount, services: OAuthServices = {}): OAuthTokens {
  checkClient(account);
  const { store } = account;
  const clock = services.clock ?? systemClock;
  let current: OAuthCredentials | undefined;
  let secret: Secret | undefined;
  let working: Promise<OAuthCredentials> | undefined;
  /** The access token that the vendor refused. */
  let refused: string | undefined;
  let renewedMs = -Infinity;
  let failedMs = -Infinity;
  /** The store does not have what is current. */
  let unsaved = false;

  function take(credentials: OAuthCredentials): OAuthCredentials {
    if (credentials.accessToken !== current?.accessToken) {
      secret = hideSecret(credentials.accessToken, "bearer");
    }
    return current = credentials;
  }

  async function load(): Promise<OAuthCredentials> {
    let found: unknown;
    try {
      found = await store.load();
    } catch (cause) {
      // A store that is down is no reason to stop renewing what is known.
      if (current === undefined) throw missing("its stored credentials could not be read", cause);
      survived(cause);
      return current;
    }
    if (found === undefined || found === null) {
      throw missing("nobody has logged in; store.load() gave nothing");
    }
    if (!areCredentials(found)) throw missing("store.load() gave something that is not credentials");
    return hideCredentials(found);
  }

  /** A fresh token: one that another process stored meanwhile, or a new one. */
  async function renew(): Promise<OAuthCredentials> {
    const before = current;
    // What this process could not store is newer than what is there.
    const stored = unsaved && before !== undefined ? before : await load();
    if (
      stored.accessToken !== refused && left(stored) > hardMs && stored.accessToken !== before?.accessToken
    ) {
      return take(stored);
    }
    const { refreshToken } = stored;
    if (refreshToken === undefined) {
      if (left(stored) > 0 && stored.accessToken !== refused) return take(stored);
      throw loomError(
        "auth-rejected",
        "OAuth: the token expired and there is no refresh token; log in anew",
        {},
      );
    }
    const fresh = await refreshTokens(account, refreshToken, services);
    renewedMs = clock.monotonic();
    take(fresh);
    unsaved = true;
    await save();
    return fresh;
  }

  /** The token works even when it cannot be stored; storing it is tried again. */
  async function save(): Promise<void> {
    const credentials = current;
    if (credentials === undefined) return;
    try {
      await store.save(credentials);
      if (current === credentials) unsaved = false;
    } catch (error) {
      survived(error);
    }
  }

  function survived(error: unknown): void {
    failedMs = clock.monotonic();
    try {
      account.onError?.(error);
    } catch {
      // Whoever listens must not be able to end calls.
    }
  }

  /** Everybody waits for the same work, which goes on when one of them leaves. */
  function work(): Promise<OAuthCredentials> {
    return working ??= renew().finally(() => working = undefined);
  }

  /** Does what nobody waits for, unless it failed just now. */
  function inBackground(): void {
    if (working !== undefined || clock.monotonic() - failedMs < backoffMs) return;
    work().catch(survived);
  }

  function left({ expiresAtMs }: OAuthCredentials): number {
    return expiresAtMs === undefined ? Infinity : expiresAtMs - clock.now();
  }

  async function usable(signal: AbortSignal | undefined): Promise<void> {
    if (current === undefined) {
      const found = await orLeft(
        working ?? (working = load().then(take).finally(() => working = undefined)),
        signal,
      );
      if (current === undefined) take(found);
    }
    const known = current as unknown as OAuthCredentials;
    const isRefused = known.accessToken === refused;
    const leftMs = left(known);
    if (!isRefused && leftMs > softMs) {
      if (unsaved && clock.monotonic() - failedMs >= backoffMs) await orLeft(save(), signal);
      return;
    }
    if (!isRefused && leftMs > hardMs) return inBackground();
    try {
      await orLeft(work(), signal);
    } catch (error) {
      // The old token is good until it really expires.
      if (isRefused || left(known) <= 0 || signal?.aborted) throw error;
      survived(error);
    }
  }

  return {
    async token(signal) {
      if (signal?.aborted) throw abortedError(signal.reason);
      await usable(signal);
      return secret as Secret;
    },
    rejected() {
      if (current?.refreshToken === undefined) return false;
      if (clock.monotonic() - renewedMs >= echoMs) refused = current.accessToken;
      return true;
    },
  };
}

function missing(problem: string, cause?: unknown): LoomError {
  return loomError("key-missing", `OAuth: ${problem}`, { names: [], places: ["oauth"] }, { cause });
}

/** Settles as the work does, or rejects when this caller leaves first. */
function orLeft<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const leave = () => reject(abortedError(signal.reason));
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
