/** What Loom keeps of its own in the state file of a batch: which job the batch is a part of, and how far that part is. */

import { z } from "zod";
import type { JsonObject } from "../../contract/json.ts";
import type { AskSpec } from "../ask/ask-spec.ts";
import type { BatchRecord } from "../home/batch-record.ts";
import type { RowRanges } from "./row-ranges.ts";

/**
 * `submitting`: nobody has heard whether the vendor has it. `submitted`: it has. `collected`: its rows are in the journal.
 * `merged`: its job's output is written.
 */
export type PartState = "submitting" | "submitted" | "collected" | "merged";

export interface JobPart {
  /** Names one submission of a job, and its journal. */
  readonly job: string;
  /** The same for the same command: file, question and output. Names the job's lock. */
  readonly fingerprint: string;
  /** From 0. */
  readonly part: number;
  readonly parts: number;
  readonly state: PartState;
  /** What this one try to hand in is called at the vendor. Absent: another tool handed it in. */
  readonly label?: string;
  readonly submittedAtMs: number;
  /** The account at the vendor, where there are several. */
  readonly account?: string;
  /** The rows of the dataset, in the order of the batch; absent where `id_map` alone says it. */
  readonly rows?: RowRanges;
  /** Rows of the job that are in no batch: they ask what another row asks, or have no prompt. */
  readonly others: number;
  /** Absent where nobody looked when it was handed in. */
  readonly input?: InputMark;
  readonly output: string;
  readonly ask: AskSpec;
  readonly withMeta: boolean;
  readonly limit?: number;
  readonly sample?: number;
  readonly dedupe: boolean;
  /** The output may be replaced: somebody said so, or this job has begun to write it. */
  readonly mayReplace?: boolean;
  /** The file is to stay once its job's output is written. */
  readonly keep?: boolean;
  /** It was found at the vendor, and nobody had heard its id: its results may yet say that it is another one. */
  readonly found?: boolean;
  /** Why it ended without results, or could not be asked for. */
  readonly problem?: string;
  readonly counts?: { readonly total: number; readonly succeeded: number; readonly failed: number };
}

/** By which a dataset is known again. */
export interface InputMark {
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Of ids and prompts, for a copy of the file that has another date. */
  readonly digest: string;
}

/** A record, and the part that was read out of it. */
export interface JobRecord {
  readonly record: BatchRecord;
  readonly part: JobPart;
}

const count = z.int().nonnegative();
const text = z.string();
const name = text.min(1);
const token = text.regex(/^[\w-]{1,64}$/);
const object = z.record(text, z.json()) as unknown as z.ZodType<JsonObject>;

const schema: z.ZodType<JobPart> = z.object({
  job: token,
  fingerprint: token,
  part: count,
  parts: count.min(1),
  state: z.enum(["submitting", "submitted", "collected", "merged"]),
  label: token.exactOptional(),
  submittedAtMs: z.number(),
  account: name.exactOptional(),
  rows: z.array(z.tuple([count, count])).exactOptional(),
  others: count,
  input: z.object({ bytes: count, modifiedMs: z.number(), digest: text }).exactOptional(),
  output: name,
  ask: z.object({
    provider: name,
    model: name,
    column: text,
    template: text.exactOptional(),
    system: text.exactOptional(),
    schema: object.exactOptional(),
    params: object.exactOptional(),
  }),
  withMeta: z.boolean(),
  limit: count.exactOptional(),
  sample: count.exactOptional(),
  dedupe: z.boolean(),
  mayReplace: z.boolean().exactOptional(),
  keep: z.boolean().exactOptional(),
  found: z.boolean().exactOptional(),
  problem: text.exactOptional(),
  counts: z.object({ total: count, succeeded: count, failed: count }).exactOptional(),
});

/** @returns `undefined`: the file is none of Loom's own; or what is wrong with it */
export function jobPartOf({ loom }: BatchRecord): JobPart | { readonly broken: string } | undefined {
  if (loom === undefined) return undefined;
  const { data, error } = schema.safeParse(loom);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  return { broken: `loom.${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}` };
}

/** The record with its part written into it. */
export function withPart(record: BatchRecord, part: JobPart): JobRecord {
  return { record: { ...record, loom: part as unknown as JsonObject }, part };
}
