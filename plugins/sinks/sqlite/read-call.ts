/** A stored call as the record that it was. */

import type { CallRecord, CallRow, Receipt, Usage } from "../../../src/plugin.ts";
import { callColumns } from "./columns.ts";

/** The columns that `callRow` reads, from the table `c`. */
export const callSelection: string = callColumns.map((column) => `c.${column}`).join(", ");

/** A row of SQLite, by column. */
export type Row = Readonly<Record<string, unknown>>;

type Made<T> = { -readonly [K in keyof T]: T[K] };

export function callRow(row: Row): CallRow {
  const call: Made<CallRow> = {
    callId: text(row, "call_id"),
    atMs: number(row, "at_ms"),
    modality: text(row, "modality") as CallRow["modality"],
    stream: row["stream"] === 1,
    status: text(row, "status") as CallRow["status"],
    latencyMs: number(row, "latency_ms"),
    costUsd: usd(row, "cost_nano_usd"),
    savedUsd: usd(row, "saved_nano_usd"),
    cache: text(row, "cache") as CallRow["cache"],
    deduplicated: row["deduplicated"] === 1,
    attempts: number(row, "attempts"),
  };
  const provider = text(row, "provider");
  const model = text(row, "model");
  const upstreamModel = text(row, "upstream_model");
  const error = text(row, "error");
  const tenant = text(row, "tenant");
  const user = text(row, "user");
  const team = text(row, "team");
  const keyId = text(row, "key");
  const usage = usageOf(row);
  if (provider !== "") call.provider = provider;
  if (model !== "") call.model = model;
  if (upstreamModel !== "") call.upstreamModel = upstreamModel;
  if (error !== "") call.errorCode = error as NonNullable<CallRow["errorCode"]>;
  if (row["first_part_ms"] !== null) call.firstPartMs = number(row, "first_part_ms");
  if (usage !== undefined) call.usage = usage;
  if (tenant !== "") call.tenant = tenant;
  if (user !== "") call.user = user;
  if (team !== "") call.team = team;
  if (keyId !== "") call.via = { keyId, format: text(row, "format") };
  if (row["tags"] !== null) call.tags = JSON.parse(text(row, "tags")) as string[];
  return call;
}

/** @param row with `receipt` and `content` as well */
export function callRecord(row: Row): CallRecord {
  const receipt = JSON.parse(text(row, "receipt")) as Receipt;
  const record: Made<CallRecord> = { ...callRow(row), receipt };
  if (row["content"] !== null) {
    record.content = JSON.parse(text(row, "content")) as NonNullable<CallRecord["content"]>;
  }
  return record;
}

function usageOf(row: Row): Usage | undefined {
  if (row["input_tokens"] === null) return undefined;
  const [inputTokens, outputTokens] = [number(row, "input_tokens"), number(row, "output_tokens")];
  return {
    inputTokens,
    outputTokens,
    cachedTokens: number(row, "cached_tokens"),
    cacheWriteTokens: number(row, "cache_write_tokens"),
    reasoningTokens: number(row, "reasoning_tokens"),
    totalTokens: inputTokens + outputTokens,
    ...(row["more_usage"] === null ? {} : JSON.parse(text(row, "more_usage")) as Partial<Usage>),
  };
}

const text = (row: Row, column: string) => String(row[column] ?? "");
const number = (row: Row, column: string) => Number(row[column] ?? 0);
const usd = (row: Row, column: string) => row[column] === null ? null : number(row, column) / 1e9;
