/** State files as the specified tool writes them, which know nothing of parts and jobs: read as a job of one part. */

import { createHash } from "node:crypto";
import type { BatchRecord } from "../home/batch-record.ts";
import { outputPath } from "../output-path.ts";
import type { JobPart } from "./job-part.ts";

export function otherTools(record: BatchRecord): JobPart {
  const { provider, batch_id, model, original_file_path, prompt_column, created_at } = record;
  const name = createHash("sha256").update(`${provider}\n${batch_id}`).digest("hex").slice(0, 32);
  const submittedAtMs = Date.parse(created_at);
  return {
    job: name,
    fingerprint: name,
    part: 0,
    parts: 1,
    state: "submitted",
    submittedAtMs: Number.isNaN(submittedAtMs) ? 0 : submittedAtMs,
    others: 0,
    output: outputPath(original_file_path, provider, model),
    ask: { provider, model, column: prompt_column ?? "prompt" },
    withMeta: false,
    dedupe: false,
  };
}
