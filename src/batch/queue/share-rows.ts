/** Coordinates a shared job: shows it to the workers, puts rows in, takes answers out, and looks after what got lost. */

import { randomBytes } from "node:crypto";
import { LoomError } from "../../errors/index.ts";
import { canonicalText } from "../../util/canonical-text.ts";
import { responseCache } from "../home/response-cache.ts";
import type { LiveJob } from "../job.ts";
import type { RowRecord } from "../journal/journal.ts";
import type { Concurrency } from "../live/concurrency.ts";
import type { Elsewhere } from "../live/elsewhere.ts";
import { headerOf, type OpenRun } from "../live/open-run.ts";
import type { RunServices } from "../run-services.ts";
import { acknowledged } from "./acknowledged.ts";
import { answerReader } from "./answer-reader.ts";
import { chunkQueue } from "./chunk-queue.ts";
import { coordinatorLease } from "./coordinator-lease.ts";
import { everySecond } from "./every-second.ts";
import { failureNotes } from "./failure-notes.ts";
import { farCache } from "./far-cache.ts";
import { farRows } from "./far-rows.ts";
import type { QueueRedis } from "./open-redis.ts";
import { jobKeys, jobName } from "./queue-keys.ts";
import { eachAnswer } from "./row-answers.ts";
import { showJob } from "./show-job.ts";
import { workersSeen } from "./workers-seen.ts";

export interface ShareRowsOptions {
  readonly job: LiveJob;
  readonly services: RunServices;
  readonly redis: QueueRedis;
}

/** Rows that are out at a time: enough for the workers there are, and never too much for Redis. */
const [leastRows, mostRows, mostBytes] = [256, 10_000, 32 * 1024 * 1024];
/** How often lost chunks are looked for; while everything stops; how long workers have to say what they hold. */
const [lookMs, haltMs, settleMs] = [5_000, 500, 3_000];
/** How long Redis has for the last words. */
const farewellMs = 5_000;

/** @throws LoomError `file-unwritable`, when another process coordinates the same job */
export async function shareRows(
  run: OpenRun,
  { job, services, redis }: ShareRowsOptions,
): Promise<Elsewhere> {
  const { client } = redis;
  const { clock, progress, home, signal, abort } = services;
  const { journal } = run;
  const name = jobName(await headerOf(job), job.output);
  const keys = jobKeys(name);
  const runId = randomBytes(6).toString("hex");
  const note = (text: string) => progress.note(text);
  const failed = failureNotes(redis, clock, note);
  const lease = await coordinatorLease(client, keys, runId, clock, signal);
  const queue = await chunkQueue(redis, name, failed);
  const acknowledge = acknowledged(client, keys.answers, (entry) => rows.forget(entry), failed);
  const rows = farRows({
    queue,
    run: runId,
    clock,
    failed,
    kept: acknowledge,
    late: ({ record }, entry) => void keepLate(record, entry).catch(failed),
  });

  async function keepLate(record: RowRecord, entry: string): Promise<void> {
    // A row keeps its answer when a second try of it has failed.
    if (record.status === "ok" || !journal.isDone(record.index)) await journal.append(record);
    await journal.drained();
    acknowledge(entry);
  }

  /** What waits in Redis from an earlier run goes into the journal first: it is paid for. */
  async function collect(): Promise<number> {
    let fresh = 0;
    const entries: string[] = [];
    await eachAnswer(client, keys, async ({ entry, report }) => {
      entries.push(entry);
      if (report === undefined) return;
      const { record } = report;
      const before = await journal.read(record.index);
      // The run before this one may have ended between keeping it and taking it away.
      if (before !== undefined && canonicalText(before) === canonicalText(record)) return;
      if (before?.status === "ok" && record.status === "failed") return;
      if (before === undefined && run.isSelected(record.index)) fresh++;
      await journal.append(record);
    });
    await journal.drained();
    for (const entry of entries) acknowledge(entry);
    return fresh;
  }

  await client.del(keys.faults);
  // In this order: a chunk that ends in between has all its answers there.
  rows.adopt(await queue.takeOutWaiting());
  const recorded = await collect();
  const { totals } = journal;
  const shown = showJob({
    client,
    name,
    job,
    run: runId,
    clock,
    totals,
    total: run.total,
    done: run.done + recorded,
  });
  const seen = workersSeen({ client, keys, name, shown: redis.shown, clock, progress });
  let haltedMs: number | undefined;

  /** Puts lost chunks in again; while everything stops, takes out what no worker has. */
  async function care(): Promise<void> {
    const ids = rows.chunks;
    if (ids.length === 0 || redis.isLost) return;
    const out: string[] = [];
    if (haltedMs === undefined) out.push(...await queue.missing(ids));
    else {
      const patient = clock.monotonic() - haltedMs < settleMs;
      for (const id of ids) if (await queue.takeOut(id) || !patient) out.push(id);
    }
    if (out.length === 0) return;
    // Their last answers may be on their way; what is not there now never will be.
    await eachAnswer(client, keys, rows.deliver);
    for (const id of out) if (!seen.holds(id)) rows.lost(id);
  }

  const beats = everySecond(clock, async () => {
    await lease.renew();
    await shown.update();
    const fault = await seen.look();
    if (fault !== undefined) rows.fail(fault);
  }, (error) => {
    if (LoomError.is(error)) rows.fail(error);
    else failed(error);
  });
  let caring = everySecond(clock, care, failed, lookMs);
  await beats.now();
  const reader = answerReader(redis, keys, rows.deliver, failed);
  const offBack = redis.onBack(() => {
    void beats.now();
    // Those who have chunks say so first.
    clock.after(settleMs, () => void caring.now(), { background: true });
  });
  redis.onGone((error) => {
    rows.fail(error);
    redis.close();
  });
  redis.onLost(() => {
    if (haltedMs !== undefined) rows.release();
  });
  const giveUp = (): void => {
    rows.release();
    if (redis.isLost) redis.close();
  };
  abort.addEventListener("abort", giveUp);
  clock.after(lookMs, () => void caring.now(), { background: true });

  const cache = job.useCache ? responseCache(home, { clock, note }) : undefined;

  async function farewell(done: boolean, stopped: Promise<unknown>): Promise<void> {
    await stopped;
    if (done) {
      await queue.remove();
      await client.del(keys.answers, keys.faults);
      await shown.remove();
    } else {
      for (const id of rows.chunks) await queue.takeOut(id);
      await shown.update();
    }
    await queue.close();
    await lease.release();
  }

  return {
    recorded,
    limits: roomFor(
      () => rows.bytes >= mostBytes ? 0 : Math.min(mostRows, Math.max(leastRows, 2 * seen.calls)),
      () => seen.calls,
    ),
    answer: farCache(cache, job.ask, rows.answer),
    halt() {
      if (haltedMs !== undefined) return;
      haltedMs = clock.monotonic();
      shown.stopping = true;
      rows.halt();
      if (redis.isLost) return rows.release();
      void beats.now();
      void caring.stop();
      caring = everySecond(clock, care, failed, haltMs);
      void caring.now();
    },
    told: (done) => void (shown.done = done),
    async close(done) {
      shown.stopping = true;
      const stopped = Promise.all([beats.stop(), caring.stop()]);
      rows.leave();
      await cache?.settled();
      reader.stop();
      offBack();
      abort.removeEventListener("abort", giveUp);
      if (!redis.isLost && !redis.isClosed) {
        await atMostFor(farewell(done, stopped), farewellMs, clock).catch(failed);
      }
      redis.close();
    },
  };
}

/** Settles with the work, or when it has had its time. */
async function atMostFor(work: Promise<void>, ms: number, clock: RunServices["clock"]): Promise<void> {
  let cancel = () => {};
  const late = new Promise<void>((resolve) => void (cancel = clock.after(ms, resolve)));
  try {
    await Promise.race([work, late]);
  } finally {
    cancel();
  }
}

/** Pace is the workers' business; here it is only how many rows are out. */
function roomFor(limit: () => number, level: () => number): Concurrency {
  return {
    limit,
    get level() {
      return level();
    },
    answers: 0,
    pausedUntilMs: -Infinity,
    started() {},
    succeeded() {},
    congested() {},
    heard() {},
  };
}
