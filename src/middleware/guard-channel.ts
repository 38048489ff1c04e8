/** One running text of an answer behind its guards: it comes in pieces, and leaves when nothing can be found in it any more. */

import type { Planned } from "../contract/context.ts";
import { type ActiveGuard, acts, blocked, counted, unavailable, type Verdict } from "./guard-rule.ts";

/** A guard at work on one answer. */
export interface Watching {
  readonly rule: ActiveGuard;
  readonly verdict: Verdict;
  /** It could not judge, and the answer goes on without it. */
  off: boolean;
}

export interface ChannelSettings {
  readonly ctx: Planned;
  readonly watching: readonly Watching[];
  /** The longest text that any of them can find. */
  readonly windowChars: number;
  /** The longest text that those can find that act; so much is held back. `undefined`: all of them only note. */
  readonly holdChars: number | undefined;
  /** What is found was counted elsewhere. */
  readonly silent?: boolean;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

/** Kept before what a guard may still find, which may depend on what it follows. */
const beforeChars = 64;

/** Most of a finding that has not ended, such as a private key, which is kept so that its end is found. */
const maxOpenChars = 16_384;

/**
 * Places count from the beginning of the text. A finding counts once its beginning lies further back than the window: until
 * then more text may change it, and nothing of it has left.
 */
export class Channel {
  readonly #settings: ChannelSettings;
  /** What is kept, from `#base` on: the window before what has left, and all that has not. */
  #text = "";
  #base = 0;
  /** Where the part that has left ends. */
  #left = 0;
  /** All before it is judged as if nothing more came. */
  #closed = 0;
  /** What is before it was judged. */
  #judged = 0;
  /** Where the last finding of each guard ended. */
  readonly #found: number[];
  /** Up to where each guard has judged; what it finds before that, it finds because the text does not begin at its beginning. */
  readonly #settled: number[];
  #spans: Span[] = [];
  /** Where the last text that was cut out ended. */
  #cutTo = -1;
  /** Where a finding begins that reaches to the end of what is there. */
  #openFrom = Infinity;
  redacted = false;

  constructor(settings: ChannelSettings) {
    this.#settings = settings;
    this.#found = settings.watching.map(() => 0);
    this.#settled = settings.watching.map(() => 0);
  }

  /** Where the text ends that has come so far. */
  get end(): number {
    return this.#base + this.#text.length;
  }

  get left(): number {
    return this.#left;
  }

  add(piece: string): void {
    this.#text += piece;
  }

  /** No more text comes that belongs to what is before `place`. */
  close(place: number): void {
    this.#closed = Math.max(this.#closed, place);
  }

  /** What may leave, up to here. */
  get safe(): number {
    return this.#settings.holdChars === undefined ? this.end : this.#judged;
  }

  /** Looks at what is new. @throws LoomError `guard-blocked` */
  judge(): void {
    const { watching, windowChars, holdChars = windowChars } = this.#settings;
    const settled = Math.max(this.#closed, this.end - holdChars);
    // In steps: a look at each token would read the same letters over and over.
    if (settled <= this.#judged || (settled > this.#closed && settled - this.#judged < holdChars >> 3)) {
      return;
    }
    this.#judged = settled;
    this.#openFrom = Infinity;
    for (let index = 0; index < watching.length; index++) {
      const watcher = watching[index] as Watching;
      // What is only noted may wait for more text than what is held.
      const own = acts(watcher.rule) ? settled : Math.max(this.#closed, this.end - windowChars);
      if (!watcher.off) this.#ask(watcher, index, own);
    }
  }

  #ask(watcher: Watching, index: number, settled: number): void {
    const { ctx, silent = false } = this.#settings;
    const { rule, verdict } = watcher;
    let findings;
    try {
      findings = counted(rule.guard.output?.(this.#text, ctx) ?? [], this.#text.length, rule.minScore);
    } catch (error) {
      watcher.off = true;
      return unavailable(ctx, rule, "output", error);
    }
    const before = this.#settled[index] ?? 0;
    this.#settled[index] = settled;
    for (const found of findings) {
      const { kind } = found;
      const start = found.start + this.#base;
      const end = found.end + this.#base;
      const known = this.#found[index] ?? 0;
      if (end >= this.end) this.#openFrom = Math.min(this.#openFrom, start);
      if (start >= settled || end <= known || end <= before) continue;
      this.#found[index] = end;
      // A longer one is found piece by piece, and is still one.
      if (start >= known && !silent) verdict.add(kind);
      if (!acts(rule)) continue;
      if (rule.action === "block") throw blocked(rule.name, "output", verdict.kinds);
      this.#spans.push({ start, end, kind });
      this.redacted = true;
    }
    if (this.#spans.length > 1) {
      this.#spans.sort((one, other) => one.start - other.start || other.end - one.end);
    }
  }

  /** Gives what may leave before `place`, with findings replaced. */
  take(place: number): string {
    const limit = Math.min(place, this.#between(this.safe));
    let out = "";
    for (let [span] = this.#spans; span !== undefined && span.start < limit; [span] = this.#spans) {
      this.#spans.shift();
      if (span.end <= this.#left) continue;
      if (span.start > this.#left) out += this.#slice(this.#left, span.start);
      // The rest of what was cut out already needs no second mark.
      if (span.start >= this.#left || this.#cutTo !== this.#left) out += `[REDACTED_${span.kind}]`;
      this.#left = this.#cutTo = span.end;
    }
    if (this.#left < limit) {
      out += this.#slice(this.#left, limit);
      this.#left = limit;
    }
    this.#trim();
    return out;
  }

  /** Not within a character that takes two letters: each half alone is none. */
  #between(place: number): number {
    const at = place - this.#base;
    const halves = place < this.end && isHigh(this.#text.charCodeAt(at - 1)) &&
      isLow(this.#text.charCodeAt(at));
    return halves && place > this.#left ? place - 1 : place;
  }

  #slice(from: number, to: number): string {
    return this.#text.slice(from - this.#base, to - this.#base);
  }

  #trim(): void {
    const { windowChars } = this.#settings;
    const openFrom = Math.max(this.#openFrom, this.end - maxOpenChars);
    const keepFrom = Math.min(Math.min(this.#left, this.end) - windowChars - beforeChars, openFrom);
    if (keepFrom - this.#base < windowChars >> 2) return;
    this.#text = this.#text.slice(keepFrom - this.#base);
    this.#base = keepFrom;
  }
}

function isHigh(code: number): boolean {
  return (code & 0xfc00) === 0xd800;
}

function isLow(code: number): boolean {
  return (code & 0xfc00) === 0xdc00;
}
