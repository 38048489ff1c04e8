/** Lists an account's batches: a label stands in their metadata, or the file that they work on is named by it. */

import {
  asFields,
  asList,
  asText,
  type BatchCodec,
  type BatchPage,
  type Chained,
  type ManifestBatch,
  type Operation,
} from "../../../src/plugin.ts";
import { filesIn, jobOf } from "./batch-job.ts";
import { readBatchState } from "./batch-state.ts";
import type { Reading } from "./reading.ts";
import { fileNameOf } from "./upload.ts";

const pageSize = 100;

/** Whether a job, as it is listed, is the one. */
type Carries = (job: unknown) => boolean;

export function batchList(batch: ManifestBatch, path: string, how: Reading): NonNullable<BatchCodec["list"]> {
  const { metadata = "loom", list = "cursor" } = batch;

  /** @param from what the last page said of the next: a job's id, or a number */
  function page(carries: Carries, from?: string): Operation<BatchPage> {
    return {
      request: { method: "GET", path: path + queryOf(list, from), stream: false },
      decode(body, head) {
        const jobs = asList(asFields(body)?.["data"]) ?? asList(body);
        // An account that has never had one.
        if (jobs === undefined && asFields(body)?.["object"] === "list") return { batches: [] };
        if (jobs === undefined) throw how.notAnAnswer(head, "the list of batches is not a list");
        const batches = jobs.map((job) => ({ state: readBatchState(job, head, how), carries: carries(job) }));
        const next = nextOf(body, batches.at(-1)?.state.id, batches.length, from);
        return next === undefined ? { batches } : { batches, next: page(carries, next) };
      },
    };
  }

  function nextOf(body: unknown, lastId: string | undefined, count: number, from = "0"): string | undefined {
    if (list === "pages") return count < pageSize ? undefined : String(Number(from) + 1);
    return asFields(body)?.["has_more"] === true ? lastId : undefined;
  }

  /** Files first: those of the label's name, of which there are several where an upload was sent again. */
  function byFile(label: string): Chained<BatchPage> {
    return {
      request: { method: "GET", path: "/files", stream: false },
      decode(body, head) {
        const files = asList(asFields(body)?.["data"]);
        if (files === undefined) throw how.notAnAnswer(head, "the list of files is not a list");
        const name = fileNameOf(label);
        const ids = new Set(
          files.map(asFields).filter((file) => file?.["filename"] === name).map((file) => file?.["id"]),
        );
        if (ids.size === 0) return { batches: [] };
        return { then: page((job) => filesIn(jobOf(job) ?? {}).some((id) => ids.has(id))) };
      },
    };
  }

  return (_, label) =>
    metadata === false
      ? byFile(label)
      : page((job) => asText(asFields(jobOf(job)?.["metadata"])?.[metadata]) === label);
}

function queryOf(list: NonNullable<ManifestBatch["list"]>, from: string | undefined): string {
  switch (list) {
    case "pages":
      return `?page=${from ?? 0}&page_size=${pageSize}&order_by=-created`;
    case "cursor":
      return `?limit=${pageSize}${from === undefined ? "" : `&after=${encodeURIComponent(from)}`}`;
    case "whole":
      return from === undefined ? "" : `?after=${encodeURIComponent(from)}`;
  }
}
