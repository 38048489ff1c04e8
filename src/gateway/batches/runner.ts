/** Works on the batches that are not over: takes those that nobody works on, keeps them, and lets go of them in the end. */

import { join } from "node:path";
import type { Clock, Logger } from "../../contract/index.ts";
import type { Files } from "../files/files.ts";
import type { BatchTable } from "./batch-table.ts";
import { removeLeftovers } from "./leftovers.ts";
import { type Counts, isOver, type StoredBatch } from "./batch.ts";
import { Control } from "./control.ts";
import type { PartTable } from "./part-table.ts";
import { runBatch } from "./run-batch.ts";
import type { BatchServices } from "./work.ts";

export interface RunnerServices {
  readonly table: BatchTable;
  readonly parts: PartTable;
  readonly files: Files;
  readonly batches: BatchServices;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long what is known of ended batches is kept. */
  readonly keepS: number;
  /** How long what has begun may take to end. */
  readonly drainMs: number;
  /** Where the folders of batches are. */
  readonly folder: string;
}

export interface Runner {
  /** There may be a batch to work on. */
  wake(): void;
  /** Stops one, wherever it is worked on. */
  cancel(id: string): void;
  /** The counts of one that is worked on here. */
  countsOf(id: string): Counts | undefined;
  /** Begins nothing more. */
  drain(): void;
  /** Lets go of everything, when what has begun has ended or `drainMs` are over; what was answered is on disk then. */
  close(): Promise<void>;
}

/** So many at once in one process; the others wait for their turn, or for another process. */
const maxActive = 64;
const tickMs = 4_000;
/** A process that has not said anything for so long works on nothing any more. */
const leaseMs = 60_000;
const sweepMs = 3_600_000;
/** After work on a batch has failed, such as for a full disk. */
const restMs = 60_000;
/** After that: for a vendor to answer whether it has taken a batch. */
const closeMs = 10_000;

interface Active {
  readonly control: Control;
  readonly done: Promise<void>;
  counts: () => Counts;
}

export function startRunner(services: RunnerServices): Runner {
  const { table, clock, logger, drainMs } = services;
  const owner = crypto.randomUUID();
  const active = new Map<string, Active>();
  /** Not to be taken again before. */
  const resting = new Map<string, number>();
  let isDraining = false;
  let drainedAtMs = 0;
  let stopTimer = () => {};
  let sweptAtMs = -Infinity;
  let sweeping: Promise<void> = Promise.resolve();

  function wake(): void {
    if (isDraining || active.size >= maxActive) return;
    const nowMs = clock.now();
    for (const batch of table.claim(owner, nowMs, nowMs + leaseMs, maxActive - active.size)) {
      if (active.has(batch.id)) continue;
      if ((resting.get(batch.id) ?? 0) > nowMs) table.release(batch.id, owner);
      else start(batch);
    }
  }

  function start(batch: StoredBatch): void {
    const { id } = batch;
    resting.delete(id);
    const control = new Control(clock);
    const lateMs = batch.expiresAtS * 1000 - clock.now();
    const stopExpiry = clock.after(Math.max(0, lateMs), () => control.stop("expired"), { background: true });
    // Nothing of it is begun before the timer would have rung.
    if (lateMs <= 0) control.stop("expired");
    const one: Active = {
      control,
      counts: () => batch.counts,
      done: runBatch({
        batch,
        services: services.batches,
        files: services.files,
        parts: services.parts,
        control,
        folder: join(services.folder, id),
        nowS: () => Math.floor(clock.now() / 1000),
        isOurs: () => table.isOwner(id, owner),
        begin: (total) => table.begin(id, owner, Math.floor(clock.now() / 1000), total),
        write: (status, state, counts) => table.update(id, owner, status, state, counts),
        counting: (counts) => void (one.counts = counts),
      }).then(() => undefined, (fault) => String(fault)).then((fault) => {
        stopExpiry();
        leave(batch, one, fault);
      }),
    };
    active.set(id, one);
  }

  /** @param fault why the work on it could not go on */
  function leave(batch: StoredBatch, { control, counts }: Active, fault: string | undefined): void {
    const { id } = batch;
    active.delete(id);
    try {
      if (fault !== undefined) fail(batch, counts(), fault);
      if (!control.isLost) {
        if (control.leaves) table.count(id, owner, counts());
        table.release(id, owner);
      }
      wake();
    } catch (error) {
      logger.error(`${id} could not be let go of; it is taken up again in a minute`, String(error));
    }
  }

  /** Whatever it is may pass, but nobody waits for that for ever. */
  function fail(batch: StoredBatch, counts: Counts, fault: string): void {
    const { id, expiresAtS } = batch;
    const nowMs = clock.now();
    if (nowMs < expiresAtS * 1000) {
      resting.set(id, nowMs + restMs);
      return logger.error(`work on ${id} failed, and is tried again in a minute`, fault);
    }
    logger.error(`work on ${id} failed, and its window is over`, fault);
    const message = "The gateway could not work on this batch, and its completion window has ended.";
    const errors = [{ code: "server_error", message, param: null, line: null }];
    const state = { ...batch.state, failedAtS: Math.floor(nowMs / 1000), errors };
    table.update(id, owner, "failed", state, counts);
  }

  function tick(): void {
    stopTimer = clock.after(tickMs, tick, { background: true });
    try {
      for (const [id, { control, counts }] of active) {
        const status = table.renew(id, owner, clock.now() + leaseMs);
        if (status === undefined) control.stop("lost");
        else if (status === "cancelling") control.stop("cancelled");
        if (status !== undefined && !isOver(status)) table.count(id, owner, counts());
      }
      wake();
    } catch (error) {
      logger.error("the table of batches could not be asked", String(error));
    }
    if (clock.monotonic() - sweptAtMs >= sweepMs) {
      sweptAtMs = clock.monotonic();
      sweeping = sweep().catch((error) => logger.error("old files could not be removed", String(error)));
    }
  }

  async function sweep(): Promise<void> {
    await services.files.sweep();
    for (const id of table.forget(Math.floor(clock.now() / 1000) - services.keepS)) services.parts.forget(id);
    await removeLeftovers(services.folder, (id) => table.has(id));
  }

  function drain(): void {
    if (isDraining) return;
    isDraining = true;
    drainedAtMs = clock.monotonic();
    for (const { control } of active.values()) control.rest();
  }

  async function within(done: Promise<unknown>, waitMs: number): Promise<void> {
    if (waitMs <= 0) return;
    let stopWaiting = () => {};
    const late = new Promise<void>((resolve) => stopWaiting = clock.after(waitMs, resolve));
    await Promise.race([done, late]);
    stopWaiting();
  }

  tick();
  return {
    wake,
    cancel(id) {
      table.cancel(id, Math.floor(clock.now() / 1000));
      active.get(id)?.control.stop("cancelled");
      wake();
    },
    countsOf: (id) => active.get(id)?.counts(),
    drain,
    async close() {
      drain();
      stopTimer();
      const ending = [...active.values()];
      const done = Promise.all([...ending.map((one) => one.done), sweeping]);
      await within(done, drainMs - (clock.monotonic() - drainedAtMs));
      for (const { control } of ending) control.stop("closed");
      await within(done, closeMs);
    },
  };
}
