/** Counts finished calls: the part of the metrics that runs once per call, on looked-up cells and plain numbers. */

import type { CallRecord, Clock, ErrorCode, Usage } from "../../contract/index.ts";
import { errorTable } from "../../errors/index.ts";
import { forEachCharge, modelOf, none, providerOf } from "../usage/charges.ts";
import { add, type Cell } from "./cell.ts";
import { type KeyCells, paidCells, type ProviderCells, tables } from "./cells.ts";
import type { Families } from "./families.ts";
import { type Histogram, observe } from "./histogram.ts";
import type { Inbound } from "./inbound.ts";
import { note, type RecentAttempts, recentOf } from "./recent.ts";

export interface Recorder {
  record(record: CallRecord, inbound: Inbound): void;
  refused(inbound: Pick<Inbound, "format" | "status">, code: ErrorCode): void;
  overhead(format: string, overheadMs: number): void;
  recent(): readonly RecentAttempts[];
}

const outcomes: Readonly<Record<CallRecord["status"], number>> = { ok: 0, failed: 1, cancelled: 2 };

export function recorder(all: Families, maxSeries: number, clock: Pick<Clock, "now">): Recorder {
  const cells = tables(all, maxSeries);
  // Present from the beginning, so that their first rise shows.
  const [saved, joined] = [all.saved.cell(), all.deduplicated.cell()];
  const caches = {
    hit: all.cacheRequests.cell("hit"),
    "semantic-hit": all.cacheRequests.cell("semantic-hit"),
    miss: all.cacheRequests.cell("miss"),
    off: all.cacheRequests.cell("off"),
  };
  const overheads = new Map<string, Histogram>();

  function count(
    of: ProviderCells,
    model: string,
    status: CallRecord["status"],
    inbound: Pick<Inbound, "format" | "status">,
  ): void {
    const target = cells.target(of, model);
    let byCode = target.requests.get(inbound.format);
    if (byCode === undefined) target.requests.set(inbound.format, byCode = new Map<number, Cell>());
    const code = inbound.status * 4 + outcomes[status];
    let cell = byCode.get(code);
    if (cell === undefined) {
      cell = all.requests.cell(of.name, target.model, inbound.format, status, String(inbound.status));
      byCode.set(code, cell);
    }
    cell.value++;
  }

  function charge(
    provider: string,
    model: string,
    usage: Usage | undefined,
    costUsd: number | null,
    key: KeyCells,
  ): void {
    const of = cells.provider(provider);
    const target = cells.target(of, model);
    const paid = target.paid ??= paidCells(all, of.name, target.model);
    if (usage !== undefined) {
      add(paid.input, usage.inputTokens);
      add(paid.output, usage.outputTokens);
      add(paid.cached, usage.cachedTokens);
      add(paid.cacheWrite, usage.cacheWriteTokens);
      add(paid.reasoning, usage.reasoningTokens);
      add(key.input, usage.inputTokens);
      add(key.output, usage.outputTokens);
    }
    if (costUsd === null || Number.isNaN(costUsd)) paid.unpriced.value++;
    else {
      add(paid.cost, costUsd);
      add(key.cost, costUsd);
    }
  }

  /** The vendors' own time and faults, attempt by attempt. */
  function tries({ receipt }: CallRecord): void {
    for (const { provider, status, latencyMs, error } of receipt.attempts) {
      const of = cells.provider(provider);
      let took = of.attempts.get(status);
      if (took === undefined) of.attempts.set(status, took = all.attempts.cell(of.name, status));
      observe(took, latencyMs / 1000);
      note(of.recent, clock, error !== undefined && isFault(error.code));
    }
  }

  function times(of: ProviderCells, record: CallRecord, inbound: Inbound): void {
    let took = of.duration.get(record.status);
    if (took === undefined) {
      of.duration.set(record.status, took = all.duration.cell(of.name, record.status));
    }
    observe(took, record.latencyMs / 1000);
    if (record.firstPartMs !== undefined) {
      const target = cells.target(of, modelOf(record));
      const first = target.firstToken ??= all.firstToken.cell(of.name, target.model);
      observe(first, record.firstPartMs / 1000);
    }
    if (inbound.overheadMs !== undefined) overhead(inbound.format, inbound.overheadMs);
  }

  function overhead(format: string, overheadMs: number): void {
    let own = overheads.get(format);
    if (own === undefined) overheads.set(format, own = all.overhead.cell(format));
    observe(own, overheadMs / 1000);
  }

  return {
    record(record, inbound) {
      const of = cells.provider(providerOf(record));
      const key = cells.key(inbound.keyId, inbound.team);
      count(of, modelOf(record), record.status, inbound);
      key.requests.value++;
      forEachCharge(
        record,
        (provider, model, usage, costUsd) => charge(provider, model, usage, costUsd, key),
      );
      add(saved, record.savedUsd ?? 0);
      caches[record.cache].value++;
      if (record.deduplicated) joined.value++;
      if (record.status === "failed") all.errors.cell(of.name, record.errorCode ?? "internal").value++;
      times(of, record, inbound);
      tries(record);
    },
    refused(inbound, code) {
      count(cells.provider(none), none, "failed", inbound);
      all.errors.cell(none, code).value++;
    },
    overhead,
    recent: () => [...cells.providers.values()].map((of) => recentOf(of.name, of.recent, clock)),
  };
}

/** Faults beside those of the table: a vendor that refuses the key or has no quota left serves nobody either. */
const refusals: readonly ErrorCode[] = ["auth-rejected", "quota-exhausted", "rate-limited"];

function isFault(code: ErrorCode): boolean {
  return errorTable[code].targetFault || refusals.includes(code);
}
