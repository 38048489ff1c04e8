/** The token that requests carry: a given one, or that of an AppRole, used until two thirds of its lease are over. */

import { type Clock, loomError } from "../../../src/plugin.ts";
import { asObject, failureOf, readObject, type Send } from "./send.ts";

export type TokenSource =
  | { readonly token: string }
  | { readonly appRole: { readonly roleId: string; readonly secretId: string; readonly mount: string } };

export interface Tokens {
  /** One login serves all who wait. @throws LoomError when the login fails, or the signal's reason */
  get(signal: AbortSignal): Promise<string>;
  /** The server refused this token. False: there is no other to be had. */
  refuse(token: string): boolean;
}

/** @param closed ends a login that is under way */
export function createTokens(send: Send, clock: Clock, source: TokenSource, closed: AbortSignal): Tokens {
  if ("token" in source) return { get: () => Promise.resolve(source.token), refuse: () => false };
  const { roleId, secretId, mount } = source.appRole;
  let current: { readonly token: string; readonly untilMs: number } | undefined;
  let logging: Promise<string> | undefined;

  async function login(): Promise<string> {
    const reply = await send({
      method: "POST",
      path: `auth/${mount}/login`,
      body: JSON.stringify({ role_id: roleId, secret_id: secretId }),
      signal: closed,
    });
    const doing = `logging in with the AppRole at ${mount}`;
    if (reply.status !== 200) throw failureOf(reply, doing);
    const { client_token: token, lease_duration: leaseSeconds } =
      asObject(readObject(reply.body)?.["auth"]) ?? {};
    if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
      throw loomError("invalid-reply", `Vault gave no token ${doing}`, {});
    }
    // A lease of 0 never ends.
    const leaseMs = typeof leaseSeconds === "number" && leaseSeconds > 0 ? leaseSeconds * 1000 : Infinity;
    current = { token, untilMs: clock.monotonic() + leaseMs * 2 / 3 };
    return token;
  }

  return {
    get(signal) {
      if (current !== undefined && current.untilMs > clock.monotonic()) return Promise.resolve(current.token);
      if (logging === undefined) {
        logging = login().finally(() => logging = undefined);
        // Everyone who waits may have left.
        logging.catch(() => {});
      }
      return orAborted(logging, signal);
    },
    refuse(token) {
      // Others may have logged in anew meanwhile; theirs is good.
      if (current?.token === token) current = undefined;
      return true;
    },
  };
}

/** Settles as the promise does, or rejects when the caller leaves first. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) return leave();
    signal.addEventListener("abort", leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
