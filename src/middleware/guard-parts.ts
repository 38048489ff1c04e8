/** The parts of an answer behind its guards: their order stays, and each leaves when all texts before it may. */

import type { Part } from "../contract/part.ts";
import { Channel, type ChannelSettings } from "./guard-channel.ts";

/** A part that is a piece of a running text. */
export type TextPart = Extract<
  Part,
  { readonly type: "text" | "reasoning" | "refusal" | "transcript" | "tool-call-delta" }
>;

/** A part that waits: a piece of a channel up to a place of it, or another part whole. */
interface Entry {
  readonly part: Part;
  readonly channel?: Channel;
  readonly place: number;
}

/** One alternative of the answer. */
interface Choice {
  readonly channels: Map<string, Channel>;
  entries: Entry[];
}

/** Letters of other texts, at least, that wait for a text of which nothing more has come. */
const patienceChars = 1024;
const partChars = 64;

export class GuardedParts {
  readonly #settings: ChannelSettings;
  readonly #choices = new Map<number, Choice>();
  readonly #streamed: boolean;
  #redacted = false;

  /** @param streamed more parts may come after those of the first batch */
  constructor(settings: ChannelSettings, streamed: boolean) {
    this.#settings = settings;
    this.#streamed = streamed;
  }

  /** Gives what may leave. @throws LoomError `guard-blocked` */
  add(batch: readonly Part[]): Part[] {
    for (const part of batch) this.#enter(part);
    return this.#release();
  }

  /** The answer has ended. @throws LoomError `guard-blocked` */
  end(): Part[] {
    for (const choice of this.#choices.values()) closeAll(choice);
    return this.#release();
  }

  /** A whole answer; without the vendor's own words of it, when something was cut out. @throws LoomError `guard-blocked` */
  all(parts: readonly Part[]): readonly Part[] {
    const out = [...this.add(parts), ...this.end()];
    return this.#redacted ? out.filter(({ type }) => type !== "raw") : out;
  }

  #enter(part: Part): void {
    const choice = this.#choiceOf("choice" in part ? part.choice ?? 0 : 0);
    const { entries } = choice;
    switch (part.type) {
      case "text":
      case "reasoning":
      case "refusal":
      case "transcript":
      case "tool-call-delta": {
        // Some vendors send one with everything; it is no sign that the text goes on.
        if (part.text === "" && !("signature" in part)) return;
        const channel = this.#channelOf(choice, nameOf(part));
        channel.add(part.text);
        if (part.type === "reasoning" && part.signature !== undefined) channel.close(channel.end);
        entries.push({ part, channel, place: channel.end });
        return;
      }
      case "tool-call": {
        const pieces = choice.channels.get(`tool ${part.index}`);
        pieces?.close(pieces.end);
        const args = this.#whole(part.arguments, pieces === undefined);
        entries.push({ part: args === part.arguments ? part : { ...part, arguments: args }, place: 0 });
        return;
      }
      case "citation":
        entries.push({ part: this.#citation(part), place: 0 });
        return;
      case "native": {
        const text = JSON.stringify(part.value);
        if (this.#whole(text, true) === text) entries.push({ part, place: 0 });
        return;
      }
      case "raw":
        // Log probabilities of a stream spell its text in pieces that nobody can judge.
        if (!this.#streamed || this.#settings.holdChars === undefined) entries.push({ part, place: 0 });
        return;
      case "finish":
        closeAll(choice);
        entries.push({ part, place: 0 });
        return;
      default:
        entries.push({ part, place: 0 });
    }
  }

  #choiceOf(number: number): Choice {
    let choice = this.#choices.get(number);
    if (choice === undefined) this.#choices.set(number, choice = { channels: new Map(), entries: [] });
    return choice;
  }

  #channelOf({ channels }: Choice, name: string): Channel {
    let channel = channels.get(name);
    if (channel === undefined) channels.set(name, channel = new Channel(this.#settings));
    return channel;
  }

  /** A text that is there as a whole, with findings replaced. @param noted it is not said twice in this answer */
  #whole(text: string, noted: boolean): string {
    const channel = new Channel({ ...this.#settings, holdChars: 0, silent: !noted });
    channel.add(text);
    channel.close(channel.end);
    channel.judge();
    this.#redacted ||= channel.redacted;
    return channel.redacted ? channel.take(channel.end) : text;
  }

  #citation(part: Extract<Part, { readonly type: "citation" }>): Part {
    const { raw, ...citation } = part.citation;
    const said: { -readonly [K in keyof typeof citation]: (typeof citation)[K] } = { ...citation };
    let changed = false;
    for (const field of ["url", "title", "text"] as const) {
      const text = citation[field];
      if (text === undefined) continue;
      said[field] = this.#whole(text, true);
      changed ||= said[field] !== text;
    }
    // The vendor's own object says the same again.
    return changed || raw === undefined ? { ...part, citation: said } : part;
  }

  #release(): Part[] {
    const out: Part[] = [];
    for (const choice of this.#choices.values()) {
      for (const channel of choice.channels.values()) {
        channel.judge();
        this.#redacted ||= channel.redacted;
      }
      this.#drain(choice, out);
      const [head] = choice.entries;
      if (head?.channel !== undefined && this.#waitsLong(choice, head.channel)) {
        // What is held of a text that has stopped must not hold everything else for good.
        head.channel.close(head.channel.end);
        head.channel.judge();
        this.#redacted ||= head.channel.redacted;
        this.#drain(choice, out);
      }
    }
    return out;
  }

  #waitsLong({ entries }: Choice, channel: Channel): boolean {
    const patience = Math.max(patienceChars, this.#settings.windowChars);
    let since = 0;
    // A text that still goes on is not given away, whatever comes between its pieces.
    for (let index = entries.length - 1; index >= 0 && since <= patience; index--) {
      const entry = entries[index] as Entry;
      if (entry.channel === channel) return false;
      since += "text" in entry.part ? entry.part.text.length : partChars;
    }
    return since > patience;
  }

  #drain(choice: Choice, out: Part[]): void {
    const { entries } = choice;
    let gone = 0;
    for (; gone < entries.length; gone++) {
      const { part, channel, place } = entries[gone] as Entry;
      if (channel === undefined) {
        out.push(this.#redacted ? unplaced(part) : part);
        continue;
      }
      const text = channel.take(place);
      const left = channel.left >= place;
      const piece = pieceOf(part as TextPart, text, left, channel);
      if (piece !== undefined) out.push(piece);
      if (!left) break;
    }
    if (gone > 0) choice.entries = entries.slice(gone);
  }
}

/** What is given of a text part. A signature stands at its end, and proves nothing of a text that was changed. */
function pieceOf(part: TextPart, text: string, ended: boolean, channel: Channel): Part | undefined {
  const { signature, ...unsigned } = part as TextPart & { readonly signature?: string };
  const signed = ended && signature !== undefined && !(part.type === "reasoning" && channel.redacted);
  if (signed) return { ...unsigned, text, signature } as Part;
  if (text === "") return undefined;
  // Most parts leave as they came.
  return text === part.text && signature === undefined ? part : { ...unsigned, text };
}

/** A citation without its places in a text that was changed, which the vendor's own object says as well. */
export function unplaced(part: Part): Part {
  if (part.type !== "citation") return part;
  const { start: _start, end: _end, raw: _raw, ...citation } = part.citation;
  return { ...part, citation };
}

/** Texts of one name are one text. */
export function nameOf(part: TextPart): string {
  return part.type === "tool-call-delta" ? `tool ${part.index}` : part.type;
}

function closeAll({ channels }: Choice): void {
  for (const channel of channels.values()) channel.close(channel.end);
}
