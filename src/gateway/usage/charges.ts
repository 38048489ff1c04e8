/** Who is to be charged for a call: the providers and models that counted something, each with what it counted. */

import type { CallRecord, Usage } from "../../contract/index.ts";

/** Stands for a provider or a model where there was none. */
export const none = "none";

/** A name that nobody knows says nothing of whom it was meant for, and callers can think up any number of them. */
const unknown = "unknown";

/** @param costUsd `null`: nobody knows */
export type Visit = (
  provider: string,
  model: string,
  usage: Usage | undefined,
  costUsd: number | null,
) => void;

/** The provider under which a call itself is counted: the one that answered, or was tried last. */
export function providerOf(record: CallRecord): string {
  return record.attempts === 0 && record.errorCode === "model-not-found" ? none : record.provider ?? none;
}

/** The model under which a call itself is counted. */
export function modelOf(record: CallRecord): string {
  return record.errorCode === "model-not-found" ? unknown : record.model ?? none;
}

/**
 * Calls `visit` for everything that a vendor counted. An attempt that failed half-way was billed by another provider than
 * the one that then answered, so each is charged where it arose.
 */
export function forEachCharge(record: CallRecord, visit: Visit): void {
  const { attempts } = record.receipt;
  if (attempts.length <= 1 || !attempts.some(({ bill }) => bill !== undefined)) {
    if (record.usage === undefined && record.costUsd === 0) return;
    return visit(providerOf(record), modelOf(record), record.usage, record.costUsd);
  }
  for (const { provider, model, usage, bill } of attempts) {
    if (usage === undefined) continue;
    const nanoUsd = bill?.nanoUsd ?? null;
    visit(provider, model, usage, nanoUsd === null ? null : nanoUsd / 1e9);
  }
}
