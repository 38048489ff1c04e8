/** The connection to the Redis of a queue: refused clearly at the start, waited for later on. */

import type { Redis } from "ioredis";
import type { Clock } from "../../contract/services.ts";
import { type LoomError, loomError } from "../../errors/index.ts";
import { span } from "../plan/figures.ts";

export interface QueueRedis {
  readonly client: Redis;
  /** Without the password. */
  readonly shown: string;
  readonly isLost: boolean;
  readonly isClosed: boolean;
  /** Another connection to the same place, for commands that wait there; closed with this one. */
  another(): Redis;
  /** Called each time the connection is there again. Gives a function that takes it back. */
  onBack(tell: () => void): () => void;
  /** Called each time the connection is lost. */
  onLost(tell: () => void): void;
  /** Called when it has been away for too long. */
  onGone(tell: (error: LoomError) => void): void;
  /** Ends all connections; commands that wait are given up. */
  close(): void;
}

export interface OpenRedisOptions {
  readonly clock: Clock;
  /** Told when it is lost, and when it is back. */
  readonly note: (text: string) => void;
  /** How long it may be away. Default ten minutes. */
  readonly patienceMs?: number;
}

const startMs = 5_000;
const longestRetryMs = 2_000;
/** A server that keeps its connections and answers nothing; every command of ours is answered sooner. */
const silentMs = 20_000;

/** @throws LoomError `connection-failed`, within seconds */
export async function openRedis(url: string, options: OpenRedisOptions): Promise<QueueRedis> {
  const { clock, note, patienceMs = 600_000 } = options;
  const { Redis } = await import("ioredis");
  const shown = shownUrl(url);
  let [started, closed] = [false, false];
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: startMs,
    socketTimeout: silentMs,
    maxRetriesPerRequest: null,
    retryStrategy: (turn) =>
      started && !closed ? Math.min(100 * 2 ** Math.min(turn, 10), longestRetryMs) : null,
  });
  await start(client, shown, clock);
  started = true;

  const others: Redis[] = [];
  const backs = new Set<() => void>();
  const losts: (() => void)[] = [];
  const gones: ((error: LoomError) => void)[] = [];
  let lost = false;
  let stopTimer: (() => void) | undefined;
  client.on("close", () => {
    if (lost || closed) return;
    lost = true;
    note(`lost ${shown}; waiting for it, up to ${span(patienceMs)}`);
    stopTimer = clock.after(patienceMs, () => {
      const error = unreachable(shown, `it has been away for ${span(patienceMs)}`);
      for (const tell of gones) tell(error);
    });
    for (const tell of losts) tell();
  });
  client.on("ready", () => {
    if (!lost) return;
    lost = false;
    stopTimer?.();
    note(`${shown} is back`);
    for (const tell of backs) tell();
  });
  return {
    client,
    shown,
    get isLost() {
      return lost;
    },
    get isClosed() {
      return closed;
    },
    another() {
      const other = client.duplicate({ lazyConnect: false });
      // Where this one fails the first one fails too, and tells.
      other.on("error", () => {});
      others.push(other);
      return other;
    },
    onBack(tell) {
      backs.add(tell);
      return () => void backs.delete(tell);
    },
    onLost: (tell) => void losts.push(tell),
    onGone: (tell) => void gones.push(tell),
    close() {
      closed = true;
      stopTimer?.();
      for (const one of [client, ...others]) end(one);
    },
  };
}

/** Between two attempts to connect, ioredis forgets the commands that wait: nothing would tell those who wait for them. */
function end(client: Redis): void {
  client.disconnect();
  if (client.status !== "reconnecting") return;
  client.once("connect", () => client.disconnect());
  client.connect().catch(() => {}); // how it ends is the point, not that it fails
}

/** Connects and asks once, so that a wrong password or database shows now. */
async function start(client: Redis, shown: string, clock: Clock): Promise<void> {
  let problem: unknown;
  let cancel = () => {};
  client.on("error", (error) => problem ??= error);
  try {
    const late = new Promise<never>((_, reject) => {
      cancel = clock.after(startMs, () => reject(new Error(`no answer within ${startMs / 1_000} s`)));
    });
    await Promise.race([ready(client), late]);
  } catch (cause) {
    client.disconnect();
    throw unreachable(shown, reasonOf(problem ?? cause), problem ?? cause);
  } finally {
    cancel();
  }
}

async function ready(client: Redis): Promise<void> {
  await client.connect();
  await client.select(client.options.db ?? 0);
  await client.ping();
}

function reasonOf(cause: unknown): string {
  // Where a name has several addresses, there is a failure for each.
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  return first instanceof Error ? first.message : String(first);
}

function unreachable(shown: string, reason: string, cause?: unknown): LoomError {
  return loomError(
    "connection-failed",
    `--queue ${shown}: Redis cannot be used: ${reason}; see that it runs there, and that address, password and database are right`,
    {},
    cause === undefined ? {} : { cause },
  );
}

/** The address without user and password. */
export function shownUrl(text: string): string {
  const url = URL.parse(text);
  return url === null ? "redis" : `${url.protocol}//${url.host}${url.pathname === "/" ? "" : url.pathname}`;
}
