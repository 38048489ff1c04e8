/** Which command a job was handed in with: the same file, question and output have the same fingerprint. */

import { createHash } from "node:crypto";
import { canonicalText } from "../../util/canonical-text.ts";
import type { Job } from "../job.ts";

export function fingerprintOf(job: Job): string {
  const { file, ask: { fallback: _, ...ask }, output, limit, sample, dedupe, withMeta } = job;
  const text = canonicalText({ file, ask, output, limit, sample, dedupe, withMeta });
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
