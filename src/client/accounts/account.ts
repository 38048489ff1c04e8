/** One account: its key, what was asked of it, and how it is. */

import type { Attempting } from "../../contract/context.ts";
import type { ErrorCode } from "../../contract/error-code.ts";
import type { LoomErrorLike } from "../../contract/errors.ts";
import type { Secret } from "../../contract/secret.ts";
import { Counter } from "./counter.ts";
import {
  type AccountHealth,
  afterFailure,
  type Health,
  healthAt,
  type HealthPolicy,
  healthy,
} from "./health.ts";
import type { KeySource } from "./key-source.ts";

/** What `loom.accounts()` tells of one account. */
export interface AccountStatus {
  readonly name: string;
  readonly status: AccountHealth;
  /** Attempts that went out; of all processes that share a store, in the last 30 days. */
  readonly requests: number;
  /** How many of them failed. */
  readonly errors: number;
  /** `atMs`: milliseconds since the epoch. */
  readonly lastError?: LastError;
  /** When it may be asked again, in milliseconds since the epoch; absent while it is healthy. */
  readonly untilMs?: number;
}

export interface LastError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly atMs: number;
}

/** Messages of vendors can be whole pages. */
const maxMessageChars = 500;
/** "Recent" use, for the strategy `least-used`, is that of the current hour: the same one in every process. */
const recentMs = 3_600_000;

export class Account {
  readonly name: string;
  readonly requests: Counter = new Counter();
  readonly errors: Counter = new Counter();
  lastError: LastError | undefined;
  /** One call is finding out whether it is well again. */
  onTrial = false;
  /** The store has not heard of its health yet. */
  unsaved = false;
  readonly #source: KeySource;
  #health: Health = healthy;
  #changes = 0;
  #hour = -1;
  #recent = new Counter();
  #used: Secret | undefined;

  constructor(name: string, source: KeySource) {
    this.name = name;
    this.#source = source;
  }

  get health(): Health {
    return this.#health;
  }

  /** Counts changes of its health, so that news from before a change are known to be old. */
  get changes(): number {
    return this.#changes;
  }

  get names(): readonly string[] {
    return this.#source.names;
  }

  key(ctx: Pick<Attempting, "signal">): Secret | undefined | Promise<Secret | undefined> {
    const found = this.#source.key(ctx);
    if (found instanceof Promise) return found.then((secret) => this.#used = secret);
    return this.#used = found;
  }

  keyRejected(): boolean {
    return this.#source.rejected();
  }

  /** An attempt failed; what it says of the account's health counts at once. */
  failed(error: LoomErrorLike, nowMs: number, policy: HealthPolicy): void {
    this.errors.add(1);
    this.lastError = { code: error.code, message: this.#withoutKey(error.message), atMs: nowMs };
    this.change(afterFailure(this.#health, error, nowMs, policy));
  }

  recovered(): void {
    this.change(healthy);
  }

  change(health: Health): void {
    if (health === this.#health) return;
    this.#health = health;
    this.#changes++;
    this.unsaved = true;
  }

  /** Takes over what another process found out. */
  learn(health: Health, lastError: LastError | undefined): void {
    const same = health.status === this.#health.status && health.untilMs === this.#health.untilMs;
    if (!same) {
      this.#health = health;
      this.#changes++;
    }
    if (lastError !== undefined && lastError.atMs > (this.lastError?.atMs ?? -Infinity)) {
      this.lastError = lastError;
    }
  }

  /** Requests of the hour that `nowMs` is in. */
  recent(nowMs: number): { readonly hour: number; readonly counter: Counter } {
    const hour = Math.floor(nowMs / recentMs);
    if (hour !== this.#hour) {
      this.#hour = hour;
      this.#recent = new Counter();
    }
    return { hour, counter: this.#recent };
  }

  statusAt(nowMs: number): AccountStatus {
    const { status, untilMs } = healthAt(this.#health, nowMs);
    return {
      name: this.name,
      status,
      requests: this.requests.value,
      errors: this.errors.value,
      ...(this.lastError === undefined ? {} : { lastError: this.lastError }),
      ...(status === "healthy" ? {} : { untilMs }),
    };
  }

  /** Some vendors repeat the key that they refuse. */
  #withoutKey(message: string): string {
    const key = this.#used?.reveal();
    const clean = key ? message.replaceAll(key, "[secret]") : message;
    return clean.length <= maxMessageChars ? clean : `${clean.slice(0, maxMessageChars - 1)}…`;
  }
}
