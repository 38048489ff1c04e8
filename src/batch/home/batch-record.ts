/** The state file of a batch under `batches/`: the fields of the specification, and Loom's own under one name that collides with none. */

import { z } from "zod";
import type { BatchStatus } from "../../contract/batch.ts";
import type { JsonObject } from "../../contract/json.ts";
import type { FileType } from "../dataset/dataset.ts";

/** What the file holds, under the names that it has there. */
export interface BatchRecord {
  /** The vendor's id of the batch, or the name of its submission until the vendor has given one. */
  readonly batch_id: string;
  readonly provider: string;
  readonly model: string;
  /** Absolute. */
  readonly original_file_path: string;
  readonly file_type: FileType;
  /** The column that was the prompt; `null` where none was named, such as for a JSON file. */
  readonly prompt_column: string | null;
  /** `custom_id` of a row in the batch, to the row's own id. */
  readonly id_map: Readonly<Record<string, string | number>>;
  /** ISO 8601. */
  readonly created_at: string;
  /** As it was last seen. */
  readonly status: BatchStatus;
  /** What Loom needs beyond that; absent in files of the tool that the specification describes. Holds no keys and no prompts. */
  readonly loom?: JsonObject;
}

const statuses = [
  "validating",
  "in_progress",
  "completed",
  "failed",
  "expired",
  "cancelled",
  "unknown",
] as const satisfies readonly BatchStatus[];

const filled = z.string().min(1);

/** Reads files of others too: fields that Loom does not know stay, and a status that it does not know is `unknown`. */
export const batchRecordSchema: z.ZodType<BatchRecord> = z.looseObject({
  batch_id: filled,
  provider: filled,
  model: filled,
  original_file_path: filled,
  file_type: z.enum(["csv", "json", "jsonl"]),
  prompt_column: z.string().nullable().default(null),
  id_map: z.record(z.string(), z.union([z.string(), z.number()])),
  created_at: filled,
  status: z.enum(statuses).catch("unknown"),
  loom: z.record(z.string(), z.json()).exactOptional(),
});
