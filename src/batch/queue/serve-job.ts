/** A worker at one job: claims chunks, asks their rows as a live run would, and sends the answers. */

import { randomUUID } from "node:crypto";
import type { Clock } from "../../contract/services.ts";
import { type LoomError, toLoomError } from "../../errors/index.ts";
import type { Loom } from "../../index.ts";
import { askPrompt } from "../ask/ask-prompt.ts";
import { checkAsk } from "../ask/check-ask.ts";
import type { RowRecord } from "../journal/journal.ts";
import { answerRow, type AnswerTools } from "../live/answer-row.ts";
import { concurrency } from "../live/concurrency.ts";
import { flight } from "../live/flight.ts";
import { chunkClaims, type ClaimedChunk } from "./chunk-claims.ts";
import type { QueueRedis } from "./open-redis.ts";
import type { QueuedRow, RowReport, SharedJob } from "./queue-form.ts";
import { jobKeys } from "./queue-keys.ts";
import { answeredRows, sendAnswer } from "./row-answers.ts";
import { sharedLimits } from "./shared-limits.ts";
import type { SharedPauses } from "./shared-pauses.ts";

export interface ServeOptions {
  readonly redis: QueueRedis;
  readonly name: string;
  readonly job: SharedJob;
  readonly loom: Loom;
  readonly workers: number;
  readonly leaseMs: number;
  readonly pauses: SharedPauses;
  /** Workers that share the account's allowance, this one included. */
  readonly sharers: () => number;
  readonly clock: Clock;
  /** Told of each row that was answered. */
  readonly told: (record: RowRecord) => void;
  /** Told how long the vendor wants to be left alone. */
  readonly paused: (leftMs: number) => void;
  /** Told of what goes wrong and is tried again. */
  readonly failed: (error: unknown) => void;
}

export interface Serving {
  /** Ids of the chunks that this worker has. */
  readonly chunks: readonly string[];
  readonly underWay: number;
  readonly level: number;
  /** Nothing is under way, and there was nothing to claim. */
  readonly isIdle: boolean;
  /** Rows under way may end; what has not begun goes back. */
  stop(): void;
  /** What is under way is given up. */
  abort(): void;
  /** Settles when nothing is under way. @throws LoomError, when this worker can do nothing for the job */
  readonly ended: Promise<void>;
}

/** After a failure of Redis, and for a claim that comes while everything ends. */
const [retryMs, lastClaimMs] = [500, 2_000];

/** @throws LoomError, when this worker can do nothing for the job, such as without a key */
export async function serveJob(options: ServeOptions): Promise<Serving> {
  const { redis, name, job, loom, clock, workers, failed } = options;
  const { client } = redis;
  const keys = jobKeys(name);
  await checkAsk(loom, job.ask);
  const claims = await chunkClaims(redis, name, { clock, leaseMs: options.leaseMs, failed });
  const own = concurrency({ workers });
  const turns = flight(own, clock, options.paused);
  const shared = sharedLimits(own, { ...options, provider: job.ask.provider });
  const aborting = new AbortController();
  let interrupt = () => {};
  const tools: AnswerTools = {
    ask: askPrompt(loom, job.ask),
    spec: job.ask,
    // Who coordinates has one: prompts and answers stay on that disk.
    cache: undefined,
    limits: shared.limits,
    flight: turns,
    clock,
    abort: aborting.signal,
  };
  let [stopped, idle] = [false, false];
  let fault: LoomError | undefined;
  const ending = new Set<Promise<void>>();

  function stop(): void {
    if (stopped) return;
    stopped = true;
    turns.halt();
    interrupt();
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => clock.after(ms, resolve));
  }

  /** The answer is paid for, so it is sent until it is there. */
  async function send(chunk: string, report: RowReport): Promise<void> {
    const nonce = randomUUID();
    for (;;) {
      try {
        return await sendAnswer(client, keys, chunk, report, nonce);
      } catch (error) {
        if (redis.isClosed) throw error;
        failed(error);
        await pause(retryMs);
      }
    }
  }

  /** Gives whether the row has its answer. */
  async function ask(chunk: ClaimedChunk, { index, prompt }: QueuedRow): Promise<boolean> {
    try {
      const answered = await answerRow(tools, index, prompt);
      if (answered === undefined) return false;
      const { record, vendorFault } = answered;
      // Until it is sent the row is under way: a kill loses as many answers as there are workers, and not one more.
      await send(chunk.id, vendorFault === undefined ? { record } : { record, vendorFault: true });
      options.told(record);
      return true;
    } catch (error) {
      if (!redis.isClosed) fault ??= toLoomError(error, "working on a row");
      stop();
      return false;
    } finally {
      turns.leave();
    }
  }

  async function room(): Promise<void> {
    for (let wait = turns.room(); wait !== undefined; wait = turns.room()) await wait;
  }

  /** Settles when all its rows have begun, or no more may. */
  async function work(chunk: ClaimedChunk): Promise<void> {
    const answered = await answeredRows(client, keys, chunk.id);
    const rows: Promise<boolean>[] = [];
    let whole = true;
    for (const row of chunk.rows) {
      if (answered.has(row.index)) continue;
      await room();
      if (stopped || chunk.isLost) {
        whole = false;
        break;
      }
      turns.enter();
      rows.push(ask(chunk, row));
    }
    const end = leave(chunk, rows, whole).catch(failed).finally(() => ending.delete(end));
    ending.add(end);
  }

  async function leave(
    chunk: ClaimedChunk,
    rows: readonly Promise<boolean>[],
    whole: boolean,
  ): Promise<void> {
    const answered = await Promise.all(rows);
    if (!whole || answered.includes(false)) return await chunk.giveBack();
    await chunk.complete();
    await client.del(keys.chunk(chunk.id));
  }

  /** A chunk; `undefined`: there is none now, or it did not come in time once everything stops. */
  async function claim(): Promise<ClaimedChunk | undefined> {
    const interrupted = Promise.withResolvers<undefined>();
    interrupt = () => {
      if (redis.isLost) interrupted.resolve(undefined);
      else clock.after(lastClaimMs, () => interrupted.resolve(undefined), { background: true });
    };
    try {
      return await Promise.race([claims.next(), interrupted.promise]);
    } catch (error) {
      if (redis.isClosed) return void stop();
      failed(error);
      await pause(retryMs);
      return undefined;
    } finally {
      interrupt = () => {};
    }
  }

  async function serve(): Promise<void> {
    while (!stopped) {
      await room();
      if (stopped) return;
      const chunk = await claim();
      idle = chunk === undefined && claims.ids.length === 0;
      if (chunk === undefined) continue;
      if (stopped) await chunk.giveBack();
      else await work(chunk);
    }
  }

  async function run(): Promise<void> {
    try {
      await serve();
    } catch (error) {
      if (!redis.isClosed) fault ??= toLoomError(error, "working on a job");
      stop();
    } finally {
      await turns.idle();
      await Promise.all(ending);
      shared.stop();
      await claims.close().catch(failed);
    }
    if (fault !== undefined) throw fault;
  }

  return {
    get chunks() {
      return claims.ids;
    },
    get underWay() {
      return turns.size;
    },
    get level() {
      return own.level;
    },
    get isIdle() {
      return idle;
    },
    stop,
    abort() {
      stop();
      aborting.abort();
    },
    ended: run(),
  };
}
