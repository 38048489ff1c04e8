/** `loom worker`: looks for jobs in Redis and works on one at a time, the oldest that has rows for it. */

import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Clock } from "../../contract/services.ts";
import { type LoomError, toLoomError } from "../../errors/index.ts";
import type { Loom } from "../../index.ts";
import { processId } from "../../runtime/host.ts";
import type { AskSpec } from "../ask/ask-spec.ts";
import { span } from "../plan/figures.ts";
import type { Progress } from "../progress.ts";
import { everySecond } from "./every-second.ts";
import { failureNotes } from "./failure-notes.ts";
import { foreignText, type FoundJobs, type OpenJob, readJobs } from "./open-jobs.ts";
import { openRedis } from "./open-redis.ts";
import type { WorkerFault } from "./queue-form.ts";
import { jobKeys, jobsKey } from "./queue-keys.ts";
import { serveJob, type Serving } from "./serve-job.ts";
import { sharedPauses } from "./shared-pauses.ts";
import { workTotals } from "./work-totals.ts";
import { readBeats, removeBeat, writeBeat } from "./worker-beats.ts";

export interface WorkerOptions {
  readonly url: string;
  /** Calls under way at most. */
  readonly workers: number;
  /** Workers that name the same one share its limits. */
  readonly account: string;
  /** A worker that says nothing for so long is taken for dead. */
  readonly leaseMs: number;
  /** How long Redis may be away. Default ten minutes. */
  readonly patienceMs?: number;
}

export interface WorkerServices {
  /** A Loom for a job's models, with the keys of this machine. */
  readonly loomFor: (ask: AskSpec) => Loom;
  readonly progress: Progress;
  readonly clock: Clock;
  /** Rows under way may end, nothing new begins. */
  readonly signal: AbortSignal;
  /** What is under way is given up. */
  readonly abort: AbortSignal;
}

/** Works until it is told to stop. @throws LoomError `connection-failed`, when Redis cannot be reached, or not any more */
export async function runWorker(options: WorkerOptions, services: WorkerServices): Promise<void> {
  const { workers, account, leaseMs } = options;
  const { progress, clock, signal, abort } = services;
  const redis = await openRedis(options.url, { ...options, clock, note: (text) => progress.note(text) });
  const { client } = redis;
  const failed = failureNotes(redis, clock, (text) => progress.note(text));
  const [id, startedMs] = [randomUUID(), clock.now()];
  const totals = workTotals(progress);
  let gone: LoomError | undefined;
  let serving: Serving | undefined;
  let served: OpenJob | undefined;
  /** Whose end has been told. */
  let told: Serving | undefined;
  let sharers = 1;
  let wake = () => {};
  /** Jobs, with the run of each, that this worker can do nothing for. */
  const givenUp = new Set<string>();
  const toldForeign = new Set<string>();

  const stop = (): void => {
    serving?.stop();
    wake();
  };
  const giveUp = (): void => {
    serving?.abort();
    stop();
    if (redis.isLost) redis.close();
  };
  redis.onGone((error) => {
    gone = error;
    giveUp();
  });
  signal.addEventListener("abort", stop);
  abort.addEventListener("abort", giveUp);
  const isOver = () => signal.aborted || abort.aborted || gone !== undefined;

  async function beat(): Promise<void> {
    const [job, chunks, underWay] = [served?.name ?? null, serving?.chunks ?? [], serving?.underWay ?? 0];
    const { done } = totals;
    await writeBeat(client, {
      id,
      host: hostname(),
      pid: processId(),
      workers,
      account,
      startedMs,
      job,
      chunks,
      underWay,
      done,
    }, leaseMs);
    sharers =
      (await readBeats(client)).filter((other) => other.account === account && other.job !== null).length;
    const jobs = await found();
    if (serving === undefined || served === undefined || !isNoMore(served, serving, jobs)) return;
    if (told !== serving) progress.note(`leaving job ${served.name}`);
    told = serving;
    serving.stop();
  }

  async function found(): Promise<FoundJobs> {
    const all = await readJobs(client);
    for (const one of all.foreign) {
      const text = foreignText(one);
      if (!toldForeign.has(text)) progress.note(text);
      toldForeign.add(text);
    }
    return {
      ...all,
      jobs: all.jobs.filter(({ name, job }) => !job.stopping && !givenUp.has(`${name} ${job.run}`)),
    };
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      wake = () => (cancel(), resolve());
      if (isOver()) wake();
    });
  }

  async function serve(open: OpenJob): Promise<void> {
    const { name, job } = open;
    progress.note(`working on job ${name}: ${job.file} at ${job.ask.provider}/${job.ask.model}`);
    try {
      await using loom = services.loomFor(job.ask);
      const now = await serveJob({
        redis,
        name,
        job,
        loom,
        workers,
        leaseMs,
        pauses,
        sharers: () => sharers,
        clock,
        told: (record) => totals.add(record, serving?.level ?? 0),
        paused: tellPauses(clock, (text) => progress.note(text)),
        failed,
      });
      [serving, served] = [now, open];
      if (isOver()) now.stop();
      await now.ended;
      if (!redis.isClosed && await client.hexists(jobsKey, name) === 0) {
        await client.del(...jobKeys(name).remnants);
      }
    } catch (error) {
      await report(open, toLoomError(error, "working on a job"));
    } finally {
      serving = undefined;
      served = undefined;
    }
  }

  /** This worker leaves the job alone, and whoever coordinates it hears why. */
  async function report({ name, job }: OpenJob, { code, message }: LoomError): Promise<void> {
    if (redis.isClosed) return;
    givenUp.add(`${name} ${job.run}`);
    progress.note(`gave up job ${name}: ${message}`, { error: code, job: name });
    const fault: WorkerFault = { worker: `${hostname()}/${processId()}`, code, message };
    const { faults } = jobKeys(name);
    await client.multi().hset(faults, id, JSON.stringify(fault)).expire(faults, 86_400).exec();
  }

  const beats = everySecond(clock, beat, failed);
  const pauses = await sharedPauses(redis, {
    worker: id,
    account,
    failed,
    news() {
      wake();
      void beats.now();
    },
  });
  try {
    await beats.now();
    progress.note(`waiting for jobs at ${redis.shown}`);
    while (!isOver()) {
      try {
        const next = choice((await found()).jobs);
        if (next === undefined) await pause(1_000);
        else await serve(next);
      } catch (error) {
        failed(error);
        await pause(1_000);
      }
    }
    if (!redis.isLost && !redis.isClosed) {
      await beats.stop();
      await removeBeat(client, id).catch(failed);
    }
  } finally {
    signal.removeEventListener("abort", stop);
    abort.removeEventListener("abort", giveUp);
    redis.close();
    await beats.stop();
    totals.end();
  }
  if (gone !== undefined) throw gone;
}

/** The oldest with rows that nobody has; or with such as may come back when somebody dies. */
function choice(jobs: readonly OpenJob[]): OpenJob | undefined {
  return jobs.find(({ waiting }) => waiting > 0) ?? jobs.find(({ active }) => active > 0) ?? jobs[0];
}

/** Whether a worker leaves its job: it has ended, or has nothing to do where another has. */
function isNoMore({ name }: OpenJob, { isIdle }: Serving, { jobs }: FoundJobs): boolean {
  if (!jobs.some((one) => one.name === name)) return true;
  return isIdle && jobs.some((one) => one.name !== name && one.waiting > 0);
}

/** Longer pauses are told, once each, so that nobody takes them for a standstill. */
const tellFromMs = 10_000;

function tellPauses(clock: Pick<Clock, "monotonic">, note: (text: string) => void): (leftMs: number) => void {
  let toldUntilMs = -Infinity;
  return (leftMs) => {
    const nowMs = clock.monotonic();
    if (leftMs < tellFromMs || nowMs < toldUntilMs) return;
    toldUntilMs = nowMs + leftMs;
    note(`the vendor wants a pause of ${span(leftMs)}`);
  };
}
