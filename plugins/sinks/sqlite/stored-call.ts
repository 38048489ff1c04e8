/** A record as it is stored: flat, bounded, and nothing in it that SQLite would refuse. */

import {
  type CallRecord,
  dimensionOf,
  figuresOf,
  latencyBucket,
  nanoUsd,
  type Receipt,
  type Usage,
} from "../../../src/plugin.ts";
import { type CallColumn, callColumns, innerColumns } from "./columns.ts";

/** A value of a column. Whole numbers are given as such, so that they end up as integers. */
export type Value = string | number | null;

/** Crosses to the thread that writes, so it is plain data. */
export interface StoredCall {
  /** In the order of `callColumns`, then `innerColumns`. */
  readonly values: readonly Value[];
  readonly atMs: number;
  readonly tags: readonly string[];
  readonly receipt: string;
  readonly content: string | undefined;
}

const maxNameLength = 200;
const maxTags = 32;
const maxReceiptLength = 65_536;
const maxContentLength = 262_144;

export function storedCall(record: CallRecord, writer: number): StoredCall {
  const { usage } = record;
  const figures = figuresOf(record);
  const tags = [...new Set(record.tags?.slice(0, maxTags).map(name))];
  const columns: Readonly<Record<CallColumn, Value>> = {
    call_id: name(record.callId),
    at_ms: Number.isFinite(record.atMs) ? Math.floor(record.atMs) : 0,
    modality: name(record.modality),
    stream: Number(record.stream),
    provider: name(record.provider),
    model: name(record.model),
    upstream_model: name(record.upstreamModel),
    account: name(dimensionOf(record, "account")),
    status: record.status,
    error: name(record.errorCode),
    latency_ms: duration(record.latencyMs) ?? 0,
    first_part_ms: duration(record.firstPartMs),
    input_tokens: count(usage?.inputTokens),
    output_tokens: count(usage?.outputTokens),
    cached_tokens: count(usage?.cachedTokens),
    cache_write_tokens: count(usage?.cacheWriteTokens),
    reasoning_tokens: count(usage?.reasoningTokens),
    more_usage: usage === undefined ? null : moreUsage(usage),
    cost_nano_usd: nanoUsd(record.costUsd),
    saved_nano_usd: nanoUsd(record.savedUsd),
    cache: record.cache,
    deduplicated: Number(record.deduplicated),
    attempts: count(record.attempts) ?? 0,
    tenant: name(record.tenant),
    user: name(record.user),
    team: name(record.team),
    key: name(record.via?.keyId),
    format: name(record.via?.format),
    tags: tags.length === 0 ? null : JSON.stringify(tags),
    latency_bucket: latencyBucket(record.latencyMs),
    first_part_bucket: record.firstPartMs === undefined ? null : latencyBucket(record.firstPartMs),
    retries: figures[6] ?? 0,
    failovers: figures[7] ?? 0,
    writer,
  };
  return {
    values: [...callColumns, ...innerColumns].map((column) => columns[column]),
    atMs: Number(columns.at_ms),
    tags,
    receipt: receiptText(record.receipt),
    content: contentText(record.content),
  };
}

/** A name that fits into a row. */
export function name(raw: string | undefined): string {
  if (raw === undefined) return "";
  const fits = raw.length <= maxNameLength && raw.isWellFormed() && !raw.includes("\u0000");
  return fits ? raw : raw.slice(0, maxNameLength).toWellFormed().replaceAll("\u0000", "\ufffd");
}

function count(units: number | undefined): number | null {
  if (units === undefined || Number.isNaN(units)) return null;
  return Math.max(0, Math.min(Math.round(units), 1e12));
}

function duration(ms: number | undefined): number | null {
  return ms === undefined || !Number.isFinite(ms) ? null : ms;
}

function moreUsage(usage: Usage): string | null {
  const {
    inputTokens: _input,
    outputTokens: _output,
    cachedTokens: _cached,
    cacheWriteTokens: _written,
    reasoningTokens: _reasoning,
    totalTokens: _total,
    ...more
  } = usage;
  for (const _unit in more) return jsonText(more) ?? null;
  return null;
}

/** Cut from the inside, so that what is left can still be read. */
function receiptText(receipt: Receipt): string {
  const whole = jsonText(receipt);
  if (whole !== undefined && whole.length <= maxReceiptLength) return whole;
  const warning = {
    code: "receipt-cut",
    message: "the receipt was too long; steps and attempts are missing",
  };
  const cut = (most: number): Receipt => ({
    ...receipt,
    callId: name(receipt.callId),
    steps: receipt.steps.slice(0, most).map(({ atMs, by, what }) => ({
      atMs,
      by: name(by),
      what: name(what),
    })),
    attempts: receipt.attempts.slice(0, most / 2).map((attempt) => {
      const { error, bill: _bill, ...rest } = attempt;
      const short = error && { ...error, message: name(error.message) };
      return { ...rest, ...(short === undefined ? {} : { error: short }) };
    }),
    warnings: [...receipt.warnings.slice(0, most / 2).map(shortWarning), warning],
  });
  const shorter = jsonText(cut(200));
  if (shorter !== undefined && shorter.length <= maxReceiptLength) return shorter;
  const { cost: _cost, ...shortest } = cut(0);
  return jsonText(shortest) ?? "{}";
}

function shortWarning({ code, message }: { readonly code: string; readonly message: string }) {
  return { code: name(code), message: name(message) };
}

function contentText(content: CallRecord["content"]): string | undefined {
  if (content === undefined) return undefined;
  const whole = jsonText(content);
  if (whole === undefined || whole.length <= maxContentLength) return whole;
  const input = content.input.slice(0, 20).map(({ role, text }) => ({
    role: name(role),
    text: text.slice(0, 4000),
  }));
  return jsonText({ input, output: content.output.slice(0, 20_000), cut: true });
}

/** `undefined`: it cannot be written. Details of steps come from plugins; one of them shall not lose the rest. */
function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value).toWellFormed();
  } catch {
    return undefined;
  }
}
