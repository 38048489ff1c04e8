/** What lies in Redis, in types, and read with care: others may have written it, also another version of Loom. */

import { z } from "zod";
import type { AskSpec } from "../ask/ask-spec.ts";
import type { RowRecord } from "../journal/journal.ts";

/** Changes when anything in this file does. */
export const queueForm = 1;

/** A job that wants workers. Holds no key. */
export interface SharedJob {
  readonly form: number;
  /** Of the Loom that coordinates it. */
  readonly loom: string;
  /** Another one with each start of the coordinator. */
  readonly run: string;
  readonly ask: AskSpec;
  /** Names without folders, for people. */
  readonly file: string;
  readonly output: string;
  readonly createdMs: number;
  /** Rows under way may end, and no others begin. */
  readonly stopping: boolean;
}

/** How far a job is. */
export interface JobFigures {
  readonly done: number;
  readonly total: number | null;
  readonly ok: number;
  readonly failed: number;
  readonly costUsd: number;
  readonly rowsPerSecond: number;
  readonly updatedMs: number;
}

/** A row to be asked. */
export interface QueuedRow {
  readonly index: number;
  readonly prompt: string;
}

/** What a worker does now. Written each second, and gone soon after it has died. */
export interface WorkerBeat {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly workers: number;
  /** Workers that name the same one share its limits. */
  readonly account: string;
  readonly startedMs: number;
  /** The job it works on, the chunks of it that it has, and its rows under way. */
  readonly job: string | null;
  readonly chunks: readonly string[];
  readonly underWay: number;
  /** Rows since it was started. */
  readonly done: number;
}

/** What became of a row. */
export interface RowReport {
  readonly record: RowRecord;
  /** The vendor, and not the row, is to blame. */
  readonly vendorFault?: boolean;
}

/** Why a worker gave a job up. */
export interface WorkerFault {
  readonly worker: string;
  readonly code: string;
  readonly message: string;
}

const count = z.number().int().nonnegative();
const object = z.record(z.string(), z.json());

const ask: z.ZodType<AskSpec> = z.strictObject({
  provider: z.string().min(1),
  model: z.string().min(1),
  column: z.string(),
  template: z.string().exactOptional(),
  system: z.string().exactOptional(),
  schema: object.exactOptional(),
  params: object.exactOptional(),
  fallback: z.array(z.string()).exactOptional(),
});

export const sharedJobSchema: z.ZodType<SharedJob> = z.object({
  form: z.literal(queueForm),
  loom: z.string(),
  run: z.string(),
  ask,
  file: z.string(),
  output: z.string(),
  createdMs: z.number(),
  stopping: z.boolean(),
});

/** What every form has had and will have. */
export const anyJobSchema: z.ZodType<{ readonly form: number; readonly loom: string }> = z.object({
  form: z.number(),
  loom: z.string(),
});

export const jobFiguresSchema: z.ZodType<JobFigures> = z.object({
  done: count,
  total: count.nullable(),
  ok: count,
  failed: count,
  costUsd: z.number(),
  rowsPerSecond: z.number(),
  updatedMs: z.number(),
});

export const chunkSchema: z.ZodType<{ readonly rows: readonly QueuedRow[] }> = z.object({
  rows: z.array(z.object({ index: count, prompt: z.string() })),
});

export const workerBeatSchema: z.ZodType<WorkerBeat> = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.number(),
  workers: count,
  account: z.string(),
  startedMs: z.number(),
  job: z.string().nullable(),
  chunks: z.array(z.string()),
  underWay: count,
  done: count,
});

const record: z.ZodType<RowRecord> = z.object({
  index: count,
  status: z.enum(["ok", "failed"]),
  text: z.string().exactOptional(),
  output: z.json().exactOptional(),
  error: z.object({ code: z.string(), message: z.string() }).exactOptional(),
  provider: z.string().exactOptional(),
  model: z.string().exactOptional(),
  usage: z.object({ inputTokens: z.number(), outputTokens: z.number() }).exactOptional(),
  costUsd: z.number().nullable().exactOptional(),
});

export const rowReportSchema: z.ZodType<RowReport> = z.object({
  record,
  vendorFault: z.boolean().exactOptional(),
});

export const workerFaultSchema: z.ZodType<WorkerFault> = z.object({
  worker: z.string(),
  code: z.string(),
  message: z.string(),
});

/** `undefined`: it is not what it should be. */
export function readAs<T>(schema: z.ZodType<T>, text: string | null | undefined): T | undefined {
  if (text === null || text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // no JSON; the caller says so, where it matters
  }
}
