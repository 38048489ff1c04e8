/** Keeps the account of one attempt: its first part, what the vendor counted, and how it ended. */

import type { Attempting, LedgerEntry } from "../contract/context.ts";
import type { Part } from "../contract/part.ts";
import type { Outcome } from "../contract/reply.ts";
import type { Usage } from "../contract/usage.ts";
import { isContent } from "../kernel/index.ts";
import type { Account } from "./account.ts";
import { estimateUsage } from "./estimate-usage.ts";

/** Counts what an attempt delivers, and closes its account when it ends, however it ends. */
export class Tally {
  readonly #ctx: Attempting;
  readonly #entry: LedgerEntry;
  readonly #account: Account;
  #usage: Usage | undefined;
  #begun = false;
  #outputText = "";

  constructor(ctx: Attempting, entry: LedgerEntry, account: Account) {
    this.#ctx = ctx;
    this.#entry = entry;
    this.#account = account;
  }

  part(part: Part): void {
    if (part.type === "usage") this.#usage = part.usage;
    else if (part.type === "warning") this.#ctx.ledger.warn(part.code, part.message);
    else if (isContent(part)) {
      if (!this.#begun) {
        this.#begun = true;
        this.#entry.firstPart();
      }
      if ("text" in part) this.#outputText += part.text;
    }
  }

  end(outcome: Outcome): void {
    // A reply that was given up before anything came was, as far as anybody can know, not billed.
    const billed = this.#usage !== undefined || this.#begun || outcome.status === "ok";
    if (billed) this.#entry.update({ usage: this.#usage ?? this.#estimate() });
    closeEntry(this.#ctx, this.#entry, outcome, this.#account);
  }

  #estimate(): Usage {
    this.#ctx.ledger.warn(
      "usage-estimated",
      `${this.#ctx.target.provider} counted no tokens for this answer; usage and cost are Loom's estimate`,
    );
    return estimateUsage(this.#ctx.call, this.#outputText);
  }
}

/** Ends the entry of an attempt, and tells the account that was used. */
export function closeEntry(ctx: Attempting, entry: LedgerEntry, outcome: Outcome, account: Account): void {
  if (outcome.status === "ok") entry.close("ok");
  else {
    const { code, message, status, requestId } = outcome.error;
    entry.close(outcome.status, {
      error: { code, message, status },
      ...(requestId === undefined ? {} : { requestId }),
    });
  }
  account.ended?.(outcome);
  ctx.emit("attempt-end", entry.attempt);
}
