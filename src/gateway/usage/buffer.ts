/** Adds calls up in memory, hour by hour, until they are written. */

import type { CallRecord, Usage } from "../../contract/index.ts";
import { forEachCharge, modelOf, none, providerOf } from "./charges.ts";

/** What one row of the file is about. */
export interface Subject {
  /** Hours since the epoch. */
  readonly hour: number;
  readonly key: string;
  readonly user: string;
  readonly team: string;
  readonly provider: string;
  readonly model: string;
  readonly format: string;
  /** A sorted JSON list; empty for none. */
  readonly tags: string;
}

/** What is added to a row. Money in whole nano-USD. */
export interface Sums {
  requests: number;
  errors: number;
  cacheHits: number;
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  reasoningTokens: number;
  costNanoUsd: number;
  savedNanoUsd: number;
  unpricedRequests: number;
}

export interface Entry {
  readonly subject: Subject;
  readonly sums: Sums;
}

export interface UsageBuffer {
  add(record: CallRecord, keyId: string): void;
  readonly size: number;
  entries(): Iterable<Entry>;
  clear(): void;
}

/** What stands for names beyond the bound. */
const other = "other";
const hourMs = 3_600_000;
const maxNameLength = 256;
const maxTags = 32;

/**
 * @param maxPerHour most combinations of names in one hour; beyond it users, models and tags become `other`, and beyond
 * twice as many keys and teams too
 */
export function usageBuffer(maxPerHour: number): UsageBuffer {
  const pending = new Map<string, Entry>();
  /** The combinations of the latest hour that was seen. */
  const seen = new Set<string>();
  let latest = 0;

  function entryOf(subject: Subject): Entry {
    const key = keyOf(subject);
    const waiting = pending.get(key);
    if (waiting !== undefined) return waiting;
    if (subject.hour > latest) {
      latest = subject.hour;
      seen.clear();
    }
    if (!seen.has(key)) {
      const fewer = narrowed(subject, seen.size >= 2 * maxPerHour);
      if (seen.size >= maxPerHour && keyOf(fewer) !== key) return entryOf(fewer);
      seen.add(key);
    }
    const entry = { subject, sums: nothing() };
    pending.set(key, entry);
    return entry;
  }

  return {
    add(record, keyId) {
      const whose = {
        hour: Math.floor(record.atMs / hourMs),
        key: name(keyId),
        user: name(record.user),
        team: name(record.team),
        format: name(record.via?.format),
        tags: tagsOf(record.tags),
      };
      const own = { ...whose, provider: name(providerOf(record)), model: name(modelOf(record)) };
      const { sums } = entryOf(own);
      sums.requests++;
      if (record.status === "failed") sums.errors++;
      if (record.cache === "hit" || record.cache === "semantic-hit") sums.cacheHits++;
      sums.savedNanoUsd += nanoUsd(record.savedUsd ?? 0);
      forEachCharge(record, (provider, model, usage, costUsd) => {
        const same = provider === own.provider && model === own.model;
        const charged = same
          ? sums
          : entryOf({ ...whose, provider: name(provider), model: name(model) }).sums;
        charge(charged, usage, costUsd);
      });
    },
    get size() {
      return pending.size;
    },
    entries: () => pending.values(),
    clear: () => pending.clear(),
  };
}

/** Names hold no NUL, so joined by it they cannot be mistaken for others. */
function keyOf({ hour, key, user, team, provider, model, format, tags }: Subject): string {
  return `${hour}\u0000${key}\u0000${user}\u0000${team}\u0000${provider}\u0000${model}\u0000${format}\u0000${tags}`;
}

function narrowed(subject: Subject, all: boolean): Subject {
  const fewer = { ...subject, user: subject.user && other, tags: "", model: other };
  return all ? { ...fewer, key: other, team: other, provider: other, format: other } : fewer;
}

function name(raw: string | undefined): string {
  if (raw === undefined || raw === none) return "";
  const fits = raw.length <= maxNameLength && raw.isWellFormed() && !raw.includes("\u0000");
  return fits ? raw : raw.slice(0, maxNameLength).toWellFormed().replaceAll("\u0000", "\ufffd");
}

function tagsOf(tags: readonly string[] | undefined): string {
  if (tags === undefined || tags.length === 0) return "";
  return JSON.stringify([...new Set(tags.slice(0, maxTags).map(name))].sort());
}

function nothing(): Sums {
  return {
    requests: 0,
    errors: 0,
    cacheHits: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    reasoningTokens: 0,
    costNanoUsd: 0,
    savedNanoUsd: 0,
    unpricedRequests: 0,
  };
}

function charge(sums: Sums, usage: Usage | undefined, costUsd: number | null): void {
  if (usage !== undefined) {
    sums.inputTokens += count(usage.inputTokens);
    sums.outputTokens += count(usage.outputTokens);
    sums.cachedTokens += count(usage.cachedTokens);
    sums.reasoningTokens += count(usage.reasoningTokens);
  }
  if (costUsd === null || Number.isNaN(costUsd)) sums.unpricedRequests++;
  else sums.costNanoUsd += nanoUsd(costUsd);
}

/** No call has more of anything than this: a vendor's nonsense must not break the sums of a whole file. */
const most = 1e12;

function count(amount: number): number {
  return amount > 0 ? Math.min(Math.round(amount), most) : 0;
}

function nanoUsd(usd: number): number {
  return count(usd * 1e9);
}
