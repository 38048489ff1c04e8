/** One guard as it is configured, and what is told of its verdicts. Nothing here ever names the text that was found. */

import type { Planned } from "../contract/context.ts";
import type { Finding, Guard, GuardAction } from "../contract/guard.ts";
import type { LoomErrorLike } from "../contract/errors.ts";
import { LoomError, loomError } from "../errors/index.ts";

export type GuardSide = "input" | "output";

/** A guard with its place in the chain; all defaults are filled in. */
export interface ActiveGuard {
  /** What receipts, events and metrics call it. */
  readonly name: string;
  readonly guard: Guard;
  readonly action: GuardAction;
  readonly input: boolean;
  readonly output: boolean;
  /** Findings below it are none. */
  readonly minScore: number;
  readonly budgetMs: number;
  readonly onUnavailable: "open" | "closed";
  /** The share of calls that it judges, from 0 to 1. */
  readonly sample: number;
  /** Judges and is recorded, and never acts. */
  readonly shadow: boolean;
}

/** Whether a finding changes anything for the caller. */
export function acts({ action, shadow }: ActiveGuard): boolean {
  return action !== "flag" && !shadow;
}

/** The findings that count, in the order of the text; what lies outside of it is cut off. @throws when it is no list */
export function counted(found: unknown, length: number, minScore: number): readonly Finding[] {
  if (!Array.isArray(found)) throw new TypeError("a guard must give a list of findings");
  if (found.length === 0) return none;
  const kept: Finding[] = [];
  for (const { start, end, kind, score } of found as readonly Finding[]) {
    if (!(score >= minScore)) continue;
    const from = Math.max(0, Math.trunc(start));
    const to = Math.min(length, Math.trunc(end));
    if (to > from) kept.push({ start: from, end: to, kind: word(kind), score });
  }
  return kept.sort((one, other) => one.start - other.start || other.end - one.end);
}

const none: readonly Finding[] = [];

/** Placeholders are found again by this form. */
function word(kind: unknown): string {
  const shaped = String(kind).toUpperCase().replace(/[^A-Z0-9_]+/g, "_").slice(0, 64);
  return /^[A-Z]/.test(shaped) ? shaped : `X${shaped}`;
}

/** Kinds in the order in which they were found first. */
export class Verdict {
  readonly #kinds = new Set<string>();
  count = 0;

  add(kind: string): void {
    this.#kinds.add(kind);
    this.count++;
  }

  get kinds(): readonly string[] {
    return [...this.#kinds];
  }
}

/** Tells receipt and listeners what was found, where anything was. */
export function record(
  ctx: Planned,
  { name, action, shadow }: ActiveGuard,
  side: GuardSide,
  verdict: Verdict,
): void {
  const { count, kinds } = verdict;
  if (count === 0) return;
  ctx.ledger.step("guard", action, { guard: name, side, kinds, count, ...(shadow && { shadow }) });
  if (action === "flag" && !shadow) {
    ctx.ledger.warn("guard-flagged", `guard "${name}" found ${kinds.join(", ")} in the ${whereOf(side)}`);
  }
  ctx.emit("guard", { guard: name, action, side, kinds, count, shadow });
}

/** Does what the configuration says of a guard that could not judge. @throws LoomError `guard-blocked`, when it is to block */
export function unavailable(ctx: Planned, rule: ActiveGuard, side: GuardSide, error: unknown): void {
  const { name, onUnavailable, shadow } = rule;
  const reason = reasonOf(error);
  ctx.ledger.step("guard", "unavailable", { guard: name, side, reason, on: onUnavailable });
  ctx.emit("guard", { guard: name, action: "unavailable", side, kinds: [], count: 0, shadow, error });
  if (onUnavailable === "closed" && !shadow) {
    throw loomError(
      "guard-blocked",
      `the ${whereOf(side)} was not let through, because guard "${name}" could not judge it (${reason}); ` +
        'see to the guard, or set its onUnavailable to "open"',
      { guard: name, side, kinds: [], unavailable: true },
      // Nothing is wrong with the call: the next try may be judged.
      { status: 503, cause: error },
    );
  }
  ctx.ledger.warn("guard-unavailable", `guard "${name}" could not judge the ${whereOf(side)} (${reason})`);
}

export function blocked(name: string, side: GuardSide, kinds: readonly string[]): LoomErrorLike {
  return loomError(
    "guard-blocked",
    `guard "${name}" blocked the ${whereOf(side)}: it found ${kinds.join(", ")}`,
    { guard: name, side, kinds },
  );
}

/** A guard did not judge within its budget. */
export class LateGuard extends Error {
  override readonly name = "LateGuard";
}

/** Not the message of what was thrown: it may hold the text. */
function reasonOf(error: unknown): string {
  if (error instanceof LateGuard) return "late";
  if (LoomError.is(error)) return error.code;
  return error instanceof Error ? error.name : "failed";
}

function whereOf(side: GuardSide): string {
  return side === "input" ? "request" : "answer";
}
