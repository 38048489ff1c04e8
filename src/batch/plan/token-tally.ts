/** What a count of tokens has come to, and what people hear of it. */

import type { LoomError } from "../../errors/index.ts";
import type { DatasetRow } from "../dataset/row.ts";
import type { Progress } from "../progress.ts";

export interface TokenTotals {
  /** Of the prompts that could be counted. */
  readonly inputTokens: number;
  /** All of them. */
  readonly prompts: number;
  readonly errors: number;
}

/** Errors that are shown one by one. */
const mostShown = 5;

export class TokenTally implements TokenTotals {
  inputTokens = 0;
  prompts = 0;
  errors = 0;
  readonly #total: number;
  readonly #progress: Progress;

  constructor(total: number, progress: Progress) {
    this.#total = total;
    this.#progress = progress;
  }

  counted(tokens: number): void {
    this.inputTokens += tokens;
    this.#tell();
  }

  failed({ index, id, line }: DatasetRow, { code, message }: LoomError): void {
    this.errors++;
    if (this.errors <= mostShown) {
      const name = `row ${index + 1} `;
      // What is wrong with a row itself says which one it is.
      const text = message.startsWith(name) ? message : `${name}(id ${id}, line ${line}): ${message}`;
      this.#progress.note(text, { row: index + 1, id, line, code, message });
    }
    this.#tell();
  }

  sayRest(): void {
    const rest = this.errors - mostShown;
    if (rest > 0) this.#progress.note(`and ${rest} more`);
  }

  #tell(): void {
    this.prompts++;
    const ok = this.prompts - this.errors;
    const estimatedTotal = ok === 0 ? 0 : Math.round(this.inputTokens / ok * this.#total);
    const { inputTokens, errors } = this;
    this.#progress.row({ done: this.prompts, ok, failed: errors, inputTokens, estimatedTotal });
  }
}
