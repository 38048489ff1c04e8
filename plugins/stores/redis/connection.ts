/** One connection to Redis whose operations always settle: bounded in time, reconnected by the operations themselves. */

import { type Clock, loomError } from "../../../src/plugin.ts";

/** What the connection needs of a Redis client that does not reconnect by itself. */
export interface RedisClient {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  destroy(): void;
  unref(): void;
  /** `connect` is told when the socket stands and nothing has been said over it yet. */
  on(event: "error" | "connect", listener: (error?: unknown) => void): unknown;
}

export interface ConnectionOptions {
  /** How long a connection may take to stand. Default 2000. */
  readonly connectTimeoutMs: number;
  /** How long one operation may take. Default 1000. */
  readonly commandTimeoutMs: number;
}

export interface Connection {
  /**
   * Waits for a connection that is being made, then for the operation, each no longer than an operation may take.
   *
   * @throws LoomError `connection-failed` or `closed`, and what Redis itself says of the operation
   */
  run<T>(operation: () => Promise<T>): Promise<T>;
  /** Lets go at once; may be called again. */
  close(): void;
}

/** Between attempts to connect: doubles with every failure in a row. */
const firstPauseMs = 100;
const longestPauseMs = 5000;

/**
 * Begins to connect in the background; the socket alone never keeps the process alive. After a failure the next operation that
 * comes when the pause is over connects anew, and those during the pause fail at once.
 */
export function openConnection(
  client: RedisClient,
  clock: Clock,
  { connectTimeoutMs, commandTimeoutMs }: ConnectionOptions,
): Connection {
  let connecting: Promise<void> | undefined;
  let socketStands = false;
  let endPatience = () => {};
  let closed = false;
  let failures = 0;
  let pauseUntilMs = -Infinity;
  let lastFault = "not connected";

  client.on("error", (error) => lastFault = faultOf(error));
  client.on("connect", () => {
    socketStands = true;
    // The client's own timeout ended with the socket; a server that then says nothing is given up here.
    endPatience = clock.after(connectTimeoutMs, letGo, { background: true });
  });
  client.unref();

  function letGo(): void {
    // A client destroyed while its socket is being made keeps that socket, for good and out of reach.
    if (client.isOpen && socketStands) client.destroy();
  }

  function lost(fault: string): void {
    lastFault = fault;
    pauseUntilMs = clock.monotonic() + Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 10));
    failures++;
  }

  function connect(): Promise<void> {
    letGo();
    socketStands = false;
    return connecting = client.connect().then(
      () => {},
      (error: unknown) => lost(faultOf(error)),
    ).finally(() => {
      endPatience();
      connecting = undefined;
      if (closed) letGo();
    });
  }

  async function connected(): Promise<void> {
    if (closed) throw loomError("closed", "the store redis was closed", {});
    if (client.isReady) return;
    if (connecting === undefined && clock.monotonic() < pauseUntilMs) throw unreachable();
    await inTime(connecting ?? connect(), () => {});
    if (!client.isReady) throw unreachable();
  }

  function inTime<T>(promise: Promise<T>, late: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const off = clock.after(commandTimeoutMs, () => {
        lastFault = `no answer within ${commandTimeoutMs} ms`;
        late();
        reject(unreachable());
      });
      promise.then((value) => (off(), resolve(value)), (error) => (off(), reject(error)));
    });
  }

  function unreachable(cause?: unknown): Error {
    const message = `the store redis cannot be reached: ${lastFault}`;
    return loomError("connection-failed", message, {}, cause === undefined ? {} : { cause });
  }

  connect();

  return {
    async run(operation) {
      await connected();
      try {
        const value = await inTime(operation(), () => {
          // Whatever else waits on this connection would wait in vain, too.
          lost(lastFault);
          letGo();
        });
        failures = 0;
        return value;
      } catch (error) {
        if (client.isReady) throw error;
        throw unreachable(error);
      }
    },
    close() {
      if (closed) return;
      closed = true;
      // Otherwise it is let go of as soon as the attempt has ended.
      if (connecting === undefined) letGo();
    },
  };
}

/** Says what happened in a word or two. Never the URL, which may hold a password. */
function faultOf(error: unknown): string {
  const { code, message, name } = error as { code?: unknown; message?: unknown; name?: unknown };
  for (const word of [code, message, name]) if (typeof word === "string" && word !== "") return word;
  return "unknown fault";
}
