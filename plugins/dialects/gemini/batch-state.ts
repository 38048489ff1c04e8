/** How far a batch is: an operation whose `metadata` tells it, and which ends in `response` or `error`. */

import {
  asCount,
  asFields,
  asList,
  asText,
  type BatchState,
  type BatchStatus,
  clean,
  type Fields,
  type Json,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import type { Reading } from "./reading.ts";
import { cancelledCode } from "./rpc-status.ts";

/** Where the results are: a file's name, or the results. */
export interface BatchOutput {
  readonly file?: string;
  readonly rows?: readonly Json[];
}

/** Google's words, after `BATCH_STATE_` or, in its clients and on Vertex, `JOB_STATE_`. */
const statuses: Readonly<Record<string, BatchStatus>> = {
  QUEUED: "validating",
  PENDING: "validating",
  RUNNING: "in_progress",
  UPDATING: "in_progress",
  PAUSED: "in_progress",
  CANCELLING: "in_progress",
  SUCCEEDED: "completed",
  PARTIALLY_SUCCEEDED: "completed",
  FAILED: "failed",
  CANCELLED: "cancelled",
  EXPIRED: "expired",
};

/** The operation in a body. @throws LoomError, when the body holds an error or no operation */
export function operationOf(body: Json | Uint8Array, head: WireReplyHead, how: Reading): Fields {
  const operation = asFields(body);
  if (operation === undefined) throw how.notAnAnswer(head, "it is not a JSON object");
  if (nameOf(operation) !== undefined) return operation;
  how.refuseFault(operation, head);
  throw how.notAnAnswer(head, "it names no batch");
}

export function stateOf(operation: Fields): BatchState {
  const metadata = asFields(operation["metadata"]) ?? operation;
  const error = asFields(operation["error"]);
  const vendorStatus = asText(metadata["state"]) ?? "";
  const { file, rows = [] } = outputOf(operation);
  const word = statuses[vendorStatus.replace(/^(BATCH|JOB)_STATE_/, "")] ?? endOf(operation, error);
  const status = word === "completed" && rows.length > 0 && rows.every(isCancelled) ? "cancelled" : word;
  const counts = countsOf(asFields(metadata["batchStats"]));
  const createdAtMs = Date.parse(asText(metadata["createTime"]) ?? "");
  const problem = asText(error?.["message"]);
  return {
    id: nameOf(operation) ?? "",
    status,
    vendorStatus,
    ...(counts !== undefined && { counts }),
    ...(Number.isNaN(createdAtMs) ? {} : { createdAtMs }),
    ...(problem !== undefined && { problem: clean(problem) }),
    hasResults: status === "completed" || file !== undefined || rows.length > 0,
  };
}

/** Google repeats the same in `response` and `metadata.output`; its clients call it `dest`. */
export function outputOf(operation: Fields): BatchOutput {
  const metadata = asFields(operation["metadata"]);
  const places = [
    operation["response"],
    asFields(operation["response"])?.["output"],
    metadata?.["output"],
    metadata?.["dest"],
    operation["output"],
    operation["dest"],
  ];
  for (const place of places.map(asFields)) {
    if (place === undefined) continue;
    const rows = rowsOf(place["inlinedResponses"]) ?? rowsOf(place["inlinedEmbedContentResponses"]);
    if (rows !== undefined) return { rows };
    const file = asText(place["responsesFile"]) ?? asText(place["fileName"]);
    if (file !== undefined) return { file };
  }
  return {};
}

/** What it was called when it was handed in. */
export function displayNameOf(operation: Fields): string | undefined {
  return asText(asFields(operation["metadata"])?.["displayName"]) ?? asText(operation["displayName"]);
}

/** A batch that is cancelled once it has begun ends in `SUCCEEDED`, with rows that say so. */
function isCancelled(row: Json): boolean {
  return asFields(asFields(row)?.["error"])?.["code"] === cancelledCode;
}

function nameOf(operation: Fields): string | undefined {
  return asText(operation["name"]) ?? asText(asFields(operation["metadata"])?.["name"]);
}

/** Without a word for its state, an operation still says that it is done. */
function endOf(operation: Fields, error: Fields | undefined): BatchStatus {
  if (operation["done"] !== true) return "unknown";
  if (error === undefined) return "completed";
  return error["code"] === cancelledCode ? "cancelled" : "failed";
}

/** A count of 0 is left out. */
function countsOf(stats: Fields | undefined): BatchState["counts"] {
  const total = asCount(stats?.["requestCount"]);
  if (stats === undefined || total === undefined) return undefined;
  return {
    total,
    succeeded: asCount(stats["successfulRequestCount"]) ?? 0,
    failed: asCount(stats["failedRequestCount"]) ?? 0,
  };
}

/** The list stands in an object of the same name. */
function rowsOf(value: unknown): readonly Json[] | undefined {
  const rows = asList(value) ?? asList(asFields(value)?.["inlinedResponses"]);
  return rows as readonly Json[] | undefined;
}
