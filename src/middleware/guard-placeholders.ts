/** Placeholders of one call: what was cut out of its texts, under names by which the answer may speak of it. */

import type { Finding } from "../contract/guard.ts";
import { insideString, unescaped, written } from "./guard-json.ts";

const shape = /\[[A-Z][A-Z0-9_]*_[0-9]+\]/g;
/** What may still become a placeholder when more text comes. */
const begun = /\[(?:[A-Z][A-Z0-9_]*)?$/;
/** Longer than any placeholder is. */
const longest = 96;

export class Placeholders {
  readonly #names = new Map<string, string>();
  readonly #values = new Map<string, string>();
  readonly #numbers = new Map<string, number>();
  readonly #taken = new Set<string>();

  /** @param texts all texts of the call as they came: what looks like a placeholder there is none of ours */
  constructor(texts: Iterable<string>) {
    for (const text of texts) for (const [found] of text.matchAll(shape)) this.#taken.add(found);
  }

  /**
   * Cuts findings out, each value under the same name wherever it stands.
   *
   * @param findings in the order of the text; those that overlap are one
   */
  redact(text: string, findings: readonly Finding[], json: boolean): string {
    let out = "";
    let from = 0;
    for (const { start, end, kind } of merged(this.#widened(text, findings))) {
      const cut = this.restore(text.slice(start, end), json);
      const inString = json && insideString(text, start);
      const name = this.#nameOf(kind, json ? unescaped(cut) : cut);
      out += text.slice(from, start) + (json && !inString ? `"${name}"` : name);
      from = end;
    }
    return out + text.slice(from);
  }

  /** Puts back what was cut out. @param json the text is JSON, and the names stand in its strings */
  restore(text: string, json: boolean): string {
    if (this.#values.size === 0 || !text.includes("[")) return text;
    return text.replace(shape, (name) => {
      const value = this.#values.get(name);
      return value === undefined ? name : json ? written(value) : value;
    });
  }

  /** A span that holds a part of a placeholder holds all of it. */
  #widened(text: string, findings: readonly Finding[]): readonly Finding[] {
    if (this.#values.size === 0) return findings;
    const own = [...text.matchAll(shape)].filter(([name]) => this.#values.has(name));
    if (own.length === 0) return findings;
    return findings.map((finding) => {
      let { start, end } = finding;
      for (const { 0: name, index } of own) {
        if (index >= finding.end || index + name.length <= finding.start) continue;
        start = Math.min(start, index);
        end = Math.max(end, index + name.length);
      }
      return { ...finding, start, end };
    }).sort((one, other) => one.start - other.start);
  }

  #nameOf(kind: string, value: string): string {
    const known = this.#names.get(value);
    if (known !== undefined) return known;
    let number = this.#numbers.get(kind) ?? 0;
    let name: string;
    do name = `[${kind}_${++number}]`; while (this.#taken.has(name) || this.#values.has(name));
    this.#numbers.set(kind, number);
    this.#names.set(value, name);
    this.#values.set(name, value);
    return name;
  }
}

/** Puts back what was cut out of a text that comes in pieces, a name split across them included. */
export class Restorer {
  readonly #placeholders: Placeholders;
  readonly #json: boolean;
  #held = "";

  constructor(placeholders: Placeholders, json: boolean) {
    this.#placeholders = placeholders;
    this.#json = json;
  }

  add(piece: string): string {
    const text = this.#held + piece;
    const tail = text.length > longest ? text.slice(-longest) : text;
    const at = begun.exec(tail);
    this.#held = at === null ? "" : at[0];
    return this.#placeholders.restore(text.slice(0, text.length - this.#held.length), this.#json);
  }

  /** No more comes: gives what was held. */
  end(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }
}

/** Findings that overlap become one, of the kind that came first. */
export function merged(findings: readonly Finding[]): readonly Finding[] {
  const spans: { start: number; end: number; kind: string; score: number }[] = [];
  for (const finding of findings) {
    const last = spans.at(-1);
    if (last !== undefined && finding.start < last.end) last.end = Math.max(last.end, finding.end);
    else spans.push({ ...finding });
  }
  return spans;
}
