/** `loom queue`, as a table and as JSON. */

import type { JsonObject } from "../../contract/json.ts";
import { count, dollars } from "../plan/figures.ts";
import type { QueueState, SeenJob } from "./queue-state.ts";

const columns = ["JOB", "STATE", "DONE", "FAILED", "RATE", "COST", "WORKERS", "MODEL", "FILE"] as const;

export function queueTable({ jobs, workers, problems }: QueueState): string {
  const free = workers.filter(({ job }) => job === null).length;
  const lines = jobs.length === 0 ? ["No jobs."] : aligned([columns, ...jobs.map(cells)]);
  const there = `${workers.length} ${workers.length === 1 ? "worker" : "workers"}, ${free} without a job`;
  return [...lines, there, ...problems].join("\n") + "\n";
}

function cells({ name, state, figures, workers, provider, model, file }: SeenJob): readonly string[] {
  const { done = 0, total = null, failed = 0, rowsPerSecond = 0, costUsd = 0 } = figures ?? {};
  return [
    name,
    state,
    total === null ? count(done) : `${count(done)}/${count(total)}`,
    count(failed),
    state === "running" ? `${rowsPerSecond.toFixed(1)}/s` : "-",
    dollars(costUsd),
    count(workers),
    `${provider}/${model}`,
    file,
  ];
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ").trimEnd());
}

export function queueList({ jobs, workers, problems, nowMs }: QueueState): JsonObject {
  return {
    jobs: jobs.map(({ name, state, figures, workers, answers, provider, model, file }) => ({
      job: name,
      state,
      provider,
      model,
      file,
      done: figures?.done ?? 0,
      total: figures?.total ?? null,
      ok: figures?.ok ?? 0,
      failed: figures?.failed ?? 0,
      cost_usd: figures?.costUsd ?? 0,
      rows_per_second: figures?.rowsPerSecond ?? 0,
      seen_ms_ago: figures === undefined ? null : Math.max(0, nowMs - figures.updatedMs),
      workers,
      answers_waiting: answers,
    })),
    workers: workers.map(({ id, host, pid, workers, account, job, underWay, done, startedMs }) => ({
      id,
      host,
      pid,
      workers,
      account,
      job,
      under_way: underWay,
      done,
      started_at: new Date(startedMs).toISOString(),
    })),
    problems,
  };
}
