/** Takes `<think>…</think>` out of the beginning of a text, for vendors that put thinking there. */

/** One piece of text, told apart. */
export interface Piece {
  readonly type: "text" | "reasoning";
  readonly text: string;
}

const open = "<think>";
const close = "</think>";
/** More white space than that is told as it is. */
const maxBlank = 1024;

/** Splits a text that arrives in pieces; a tag may be cut anywhere. */
export class ThinkTags {
  #state: "before" | "inside" | "gap" | "after" = "before";
  /** Text that may be the beginning of a tag. Never longer than a tag and the white space before it. */
  #held = "";
  /** White space at the beginning of the thinking: nothing, when no more comes. */
  #blank = "";
  #thought = false;

  push(text: string): readonly Piece[] {
    if (this.#state === "after") return text === "" ? [] : [{ type: "text", text }];
    const pieces: Piece[] = [];
    this.#held += text;
    if (this.#state === "before") this.#begin(pieces);
    if (this.#state === "inside") this.#inside(pieces);
    if (this.#state === "gap") this.#gap(pieces);
    return pieces;
  }

  /** The text is over: gives what was held back. */
  end(): readonly Piece[] {
    const text = this.#held;
    this.#held = "";
    if (text === "" || this.#state === "gap") return [];
    return [{ type: this.#state === "inside" ? "reasoning" : "text", text }];
  }

  #begin(pieces: Piece[]): void {
    const start = this.#held.trimStart();
    if (start.startsWith(open)) {
      this.#state = "inside";
      this.#held = start.slice(open.length);
    } else if (!open.startsWith(start)) {
      this.#state = "after";
      pieces.push({ type: "text", text: this.#held });
      this.#held = "";
    }
  }

  #inside(pieces: Piece[]): void {
    const at = this.#held.indexOf(close);
    const end = at === -1 ? this.#held.length - beginningOf(close, this.#held) : at;
    if (end > 0) this.#think(this.#held.slice(0, end), pieces);
    this.#held = this.#held.slice(at === -1 ? end : end + close.length);
    if (at !== -1) this.#state = "gap";
  }

  #think(text: string, pieces: Piece[]): void {
    const whole = this.#blank + text;
    const blank = whole.length <= maxBlank && whole.trim() === "" && !this.#thought;
    this.#blank = blank ? whole : "";
    if (blank) return;
    this.#thought = true;
    pieces.push({ type: "reasoning", text: whole });
  }

  /** Drops the empty lines between thinking and answer. */
  #gap(pieces: Piece[]): void {
    const text = this.#held.trimStart();
    this.#held = "";
    if (text === "") return;
    this.#state = "after";
    pieces.push({ type: "text", text });
  }
}

/** How many characters at the end of `text` are the beginning of `tag`. */
function beginningOf(tag: string, text: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(tag.slice(0, length))) return length;
  }
  return 0;
}
