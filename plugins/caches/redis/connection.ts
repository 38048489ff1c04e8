/** One connection to Redis that nobody has to wait for: lost ones are made anew on demand, and every wait is bounded. */

import { type Clock, type Logger, loomError } from "../../../src/plugin.ts";

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
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
}

export interface Connection {
  /**
   * Runs one operation over a standing connection. Waits for a connection that is being made, then for the operation, each
   * no longer than an operation may take.
   * @throws LoomError `connection-failed`
   */
  run<T>(operation: () => Promise<T>, limits?: { readonly timeoutMs: number }): Promise<T>;
  /** Lets go at once; may be called again. */
  close(): void;
}

/** Between attempts to connect: doubles with every failure in a row. */
const firstPauseMs = 100;
const longestPauseMs = 5000;

/**
 * Begins to connect in the background. The socket never keeps the process alive; an operation that waits does.
 *
 * There is no timer between attempts: the first operation after the pause makes the next one, and those during the pause
 * fail at once, so that a dead Redis costs calls next to nothing.
 */
export function openConnection(
  client: RedisClient,
  clock: Clock,
  logger: Logger,
  { connectTimeoutMs, commandTimeoutMs }: ConnectionOptions,
): Connection {
  let connecting: Promise<void> | undefined;
  let socketStands = false;
  let endPatience = () => {};
  let closed = false;
  let failures = 0;
  let pauseUntilMs = -Infinity;
  let lastFault = "";

  client.on("error", (error) => lastFault = faultOf(error));
  client.on("connect", () => {
    socketStands = true;
    // The client's own timeout ended with the socket; a server that then says nothing is given up here.
    endPatience = clock.after(connectTimeoutMs, drop, { background: true });
  });
  client.unref();

  function connect(): Promise<void> {
    drop();
    socketStands = false;
    const attempt = client.connect().then(
      () => {},
      (error: unknown) => failed(faultOf(error)),
    ).finally(() => {
      endPatience();
      connecting = undefined;
      if (closed) drop();
    });
    connecting = attempt;
    return attempt;
  }

  function failed(fault: string): void {
    lastFault = fault;
    pauseUntilMs = clock.monotonic() + Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 10));
    if (failures++ === 0 && !closed) {
      logger.warn(`cache redis: ${fault}; calls go on without it until it is back`);
    }
  }

  function succeeded(): void {
    if (failures > 0) logger.info("cache redis: it is back");
    failures = 0;
  }

  function drop(): void {
    // A client destroyed while its socket is being made keeps that socket, for good and out of reach.
    if (client.isOpen && socketStands) client.destroy();
  }

  async function ready(): Promise<void> {
    if (closed) throw loomError("closed", "the cache redis was closed", {});
    if (client.isReady) return;
    if (connecting === undefined && clock.monotonic() < pauseUntilMs) throw unreachable();
    await bounded(connecting ?? connect(), commandTimeoutMs, () => {});
    if (!client.isReady) throw unreachable();
  }

  function bounded<T>(promise: Promise<T>, timeoutMs: number, late: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const off = clock.after(timeoutMs, () => {
        lastFault = `no answer within ${timeoutMs} ms`;
        late();
        reject(unreachable());
      });
      promise.then((value) => (off(), resolve(value)), (error) => (off(), reject(error)));
    });
  }

  function unreachable(cause?: unknown): Error {
    const details = cause === undefined ? {} : { cause };
    return loomError(
      "connection-failed",
      `the cache redis cannot be reached: ${lastFault || "not connected"}`,
      {},
      details,
    );
  }

  connect();

  return {
    async run(operation, { timeoutMs } = { timeoutMs: commandTimeoutMs }) {
      await ready();
      let value;
      try {
        value = await bounded(operation(), timeoutMs, () => {
          // Whatever else waits on this connection would wait in vain, too.
          failed(lastFault);
          drop();
        });
      } catch (error) {
        if (client.isReady) throw error;
        throw unreachable(error);
      }
      succeeded();
      return value;
    },
    close() {
      if (closed) return;
      closed = true;
      // Otherwise it is let go of as soon as the attempt has ended.
      if (connecting === undefined) drop();
    },
  };
}

/** Says what happened in a word or two. Never the URL, which may hold a password. */
function faultOf(error: unknown): string {
  const { code, message, name } = error as { code?: unknown; message?: unknown; name?: unknown };
  for (const word of [code, message, name]) if (typeof word === "string" && word !== "") return word;
  return "unknown fault";
}
