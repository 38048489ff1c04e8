/** An agent that connects to the internet alone, whatever a name resolves to at the moment of connecting. */

import { lookup, type LookupAddress, type LookupAllOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import type { Agent, buildConnector } from "undici";
import { isPublicAddress } from "./public-address.ts";

/** Why a connection was not made. */
export class PrivateAddressError extends Error {
  override readonly name = "PrivateAddressError";
}

/** Finds the addresses of a host. */
export type Resolve = (
  host: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

export interface GuardedOptions {
  readonly connectMs: number;
  /** Connect to anything. */
  readonly allowPrivate: boolean;
  readonly resolve?: Resolve;
}

/** Loads undici. Connections are not kept: each download may be of another host. */
export async function guardedAgent(
  { connectMs, allowPrivate, resolve = lookup }: GuardedOptions,
): Promise<Agent> {
  const undici = await import("undici");
  const connect = undici.buildConnector({ timeout: connectMs, lookup: guardedLookup(resolve, allowPrivate) });
  const guarded: buildConnector.connector = (options, callback) =>
    connect(options, (...[error, socket]: Parameters<buildConnector.Callback>) => {
      if (error !== null) return callback(error, null);
      // What is written as an address is not looked up, and a resolver may be ignored.
      if (allowPrivate || isPublicAddress(socket.remoteAddress ?? "")) return callback(null, socket);
      socket.destroy();
      callback(new PrivateAddressError("its address is not on the internet"), null);
    });
  return new undici.Agent({
    connect: guarded,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 1,
    pipelining: 0,
  });
}

/** A resolver that gives public addresses alone. */
function guardedLookup(resolve: Resolve, allowPrivate: boolean): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true } as LookupAllOptions, (error, found) => {
      const refuse = (why: NodeJS.ErrnoException) => callback(why, "", 0);
      if (error !== null) return refuse(error);
      const addresses = allowPrivate ? [...found] : found.filter(({ address }) => isPublicAddress(address));
      const [first] = addresses;
      if (first === undefined) return refuse(new PrivateAddressError("its address is not on the internet"));
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
