/** The running account of one call: attempts, decisions, warnings, cost. The receipt is made from it. */

import type { AllowanceState } from "../contract/allowance.ts";
import type { Attempting, Ledger, LedgerEntry } from "../contract/context.ts";
import type { Bill, Cost } from "../contract/cost.ts";
import type { Json } from "../contract/json.ts";
import type { Attempt, Receipt, Step, Warning } from "../contract/receipt.ts";
import type { Target } from "../contract/target.ts";
import type { Clock } from "../contract/services.ts";

/** More steps and warnings than this are counted, not kept, so that no call's receipt grows without bound. */
const maxKept = 200;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class CallLedger implements Ledger {
  readonly attempts: Attempt[] = [];
  cache: Receipt["cache"] = "off";
  deduplicated = false;
  savedNanoUsd: number | null | undefined;
  allowance: AllowanceState | undefined;
  cost: Cost | undefined;
  readonly #targets: Target[] = [];
  readonly #steps: Step[] = [];
  readonly #warnings: Warning[] = [];
  readonly #callId: string;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #zeroMs: number;
  #endedMs: number | undefined;

  constructor(callId: string, clock: Clock) {
    this.#callId = callId;
    this.#clock = clock;
    this.#startedAtMs = clock.now();
    this.#zeroMs = clock.monotonic();
  }

  /** Milliseconds since the call began. */
  elapsedMs(): number {
    return this.#clock.monotonic() - this.#zeroMs;
  }

  open(ctx: Attempting, account?: string): LedgerEntry {
    const { target } = ctx;
    const attempt: Writable<Attempt> = {
      provider: target.provider,
      model: target.model,
      upstreamModel: target.upstreamModel,
      attempt: ctx.attempt,
      startedMs: this.elapsedMs(),
      latencyMs: 0,
      status: "running",
    };
    if (account !== undefined) attempt.account = account;
    this.attempts.push(attempt);
    this.#targets.push(target);
    return new Entry(attempt, this);
  }

  /** Takes over attempts of another call, which left before they ended, so that what they cost is on somebody's account. */
  adopt(other: CallLedger, attempts: readonly Attempt[]): void {
    for (const attempt of attempts) {
      this.attempts.push(attempt);
      this.#targets.push(other.targetOf(other.attempts.indexOf(attempt)));
    }
  }

  targetOf(index: number): Target {
    const target = this.#targets[index];
    if (target === undefined) throw new RangeError(`this call made no attempt number ${index}`);
    return target;
  }

  step(by: string, what: string, detail?: Json): void {
    if (this.#steps.length >= maxKept) return;
    const step: Writable<Step> = { atMs: this.elapsedMs(), by, what };
    if (detail !== undefined) step.detail = detail;
    this.#steps.push(step);
  }

  warn(code: string, message: string): void {
    if (this.#warnings.length >= maxKept) return;
    if (this.#warnings.some((warning) => warning.code === code && warning.message === message)) return;
    this.#warnings.push({ code, message });
  }

  get warnings(): readonly Warning[] {
    return this.#warnings;
  }

  price(index: number, bill: Bill): void {
    const attempt = this.attempts[index] as Writable<Attempt> | undefined;
    if (attempt !== undefined) attempt.bill = bill;
  }

  /** Stops the call's clock; the first call counts. */
  end(): void {
    this.#endedMs ??= this.elapsedMs();
  }

  receipt(): Receipt {
    const firstPartMs = this.#firstPartMs();
    const receipt: Writable<Receipt> = {
      callId: this.#callId,
      startedAtMs: this.#startedAtMs,
      latencyMs: this.#endedMs ?? this.elapsedMs(),
      cache: this.cache,
      deduplicated: this.deduplicated,
      steps: this.#steps,
      attempts: this.attempts,
      warnings: this.#warnings,
    };
    if (firstPartMs !== undefined) receipt.firstPartMs = firstPartMs;
    if (this.cost !== undefined) receipt.cost = this.cost;
    return receipt;
  }

  #firstPartMs(): number | undefined {
    const answered = this.attempts.findLast((attempt) => attempt.firstPartMs !== undefined);
    return answered?.firstPartMs === undefined ? undefined : answered.startedMs + answered.firstPartMs;
  }
}

class Entry implements LedgerEntry {
  readonly attempt: Writable<Attempt>;
  readonly #ledger: CallLedger;

  constructor(attempt: Writable<Attempt>, ledger: CallLedger) {
    this.attempt = attempt;
    this.#ledger = ledger;
  }

  firstPart(): void {
    this.attempt.firstPartMs ??= this.#ledger.elapsedMs() - this.attempt.startedMs;
  }

  update(change: Partial<Pick<Attempt, "usage" | "requestId" | "bill" | "status">>): void {
    Object.assign(this.attempt, change);
  }

  close(status: Attempt["status"], change?: Partial<Pick<Attempt, "error" | "usage" | "requestId">>): void {
    const { attempt } = this;
    if (attempt.status !== "running") return;
    attempt.status = status;
    attempt.latencyMs = this.#ledger.elapsedMs() - attempt.startedMs;
    if (change !== undefined) Object.assign(attempt, change);
  }
}
