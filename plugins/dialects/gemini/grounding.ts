/** The sources of an answer: what Google's own tools found, and which words of the answer rest on it. */

import {
  asCount,
  asFields,
  asList,
  asText,
  type Citation,
  type Fields,
  type Json,
} from "../../../src/plugin.ts";
import { ByteOffsets } from "./byte-offsets.ts";

/** More sources than any answer names. */
const maxSources = 10_000;

interface Support {
  readonly raw: Fields;
  readonly sources: readonly Fields[];
}

/** Collects `groundingMetadata` and `citationMetadata` of one candidate, whole or from the events of a stream. */
export class Grounding {
  /** All `groundingChunks`, in the order they came: in streams, later places count from the first event on. */
  readonly #sources: Fields[] = [];
  readonly #supports: Support[] = [];
  readonly #recited: Fields[] = [];
  readonly #queries = new Set<string>();

  get queries(): number {
    return this.#queries.size;
  }

  read(candidate: Fields): void {
    const grounding = asFields(candidate["groundingMetadata"]);
    if (grounding !== undefined) this.#readGrounding(grounding);
    const recited = asFields(candidate["citationMetadata"]);
    const list = asList(recited?.["citationSources"]) ?? asList(recited?.["citations"]) ?? [];
    for (const entry of list) {
      const source = asFields(entry);
      if (source !== undefined && this.#recited.length < maxSources) this.#recited.push(source);
    }
  }

  #readGrounding(grounding: Fields): void {
    const named = [
      ...asList(grounding["webSearchQueries"]) ?? [],
      ...asList(grounding["imageSearchQueries"]) ?? [],
    ];
    for (const query of named) {
      if (typeof query === "string" && this.#queries.size < maxSources) this.#queries.add(query);
    }
    const own = (asList(grounding["groundingChunks"]) ?? []).map((entry) => asFields(entry) ?? {});
    // Some streams repeat the list with every event, others go on with it.
    const repeats = own.length >= this.#sources.length && this.#sources.length > 0 &&
      this.#sources.every((source, index) => same(source, own[index]));
    const known = this.#sources.length;
    const added = repeats && !refersBeyond(grounding, own.length) ? own.slice(known) : own;
    if (known + added.length <= maxSources) this.#sources.push(...added);
    for (const entry of asList(grounding["groundingSupports"]) ?? []) {
      const support = asFields(entry);
      if (support === undefined || this.#supports.length >= maxSources) continue;
      const indices = (asList(support["groundingChunkIndices"]) ?? []).flatMap((index) =>
        asCount(index) ?? []
      );
      const list: readonly Fields[] = indices.every((index) => index < own.length) ? own : this.#sources;
      this.#supports.push({
        raw: support,
        sources: indices.map((index) => list[index]).filter((source) => source !== undefined),
      });
    }
  }

  /** Everything that was found. `texts` are the candidate's text parts, as they came. */
  citations(texts: readonly string[]): readonly Citation[] {
    const whole = texts.join("");
    const places = new Places(whole, texts);
    const found: Citation[] = [];
    const supported: Fields[] = [];
    const seen = new Set<string>();
    for (const { raw, sources } of this.#supports) {
      const place = places.of(asFields(raw["segment"]) ?? {});
      for (const source of sources) {
        supported.push(source);
        const citation = {
          ...described(source),
          ...place,
          raw: { ...source, support: raw } as unknown as Json,
        };
        const key = `${keyOf(source)} ${place.start ?? ""}-${place.end ?? ""}`;
        if (!seen.has(key)) found.push(citation);
        seen.add(key);
      }
    }
    for (const source of this.#sources) {
      if (!supported.some((other) => same(other, source))) {
        found.push({ ...described(source), raw: source as Json });
      }
    }
    for (const source of this.#recited) {
      const place = places.of(source);
      const url = asText(source["uri"]);
      const title = asText(source["title"]);
      found.push({
        ...(url !== undefined && { url }),
        ...(title !== undefined && { title }),
        ...place,
        raw: source as Json,
      });
    }
    return found;
  }
}

/** `{ web: { uri, title } }`, `{ retrievedContext: { uri, title, text } }`, `{ maps: … }`. */
function described(source: Fields): Citation {
  const fields = asFields(Object.values(source).find((value) => asFields(value) !== undefined)) ?? {};
  const url = asText(fields["uri"]) ?? asText(fields["sourceUri"]) ?? asText(fields["imageUri"]);
  const title = asText(fields["title"]);
  const text = asText(fields["text"]);
  return {
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(text !== undefined && { text }),
  };
}

/** Finds the words that a segment means. */
class Places {
  readonly #whole: string;
  readonly #parts: readonly { readonly from: number; readonly offsets: ByteOffsets }[];
  readonly #offsets: ByteOffsets;

  constructor(whole: string, texts: readonly string[]) {
    this.#whole = whole;
    this.#offsets = new ByteOffsets(whole);
    let from = 0;
    this.#parts = texts.map((text) => {
      const part = { from, offsets: new ByteOffsets(text) };
      from += text.length;
      return part;
    });
  }

  of(segment: Fields): { readonly start?: number; readonly end?: number } {
    const endByte = asCount(segment["endIndex"]);
    if (endByte === undefined) return {};
    const startByte = asCount(segment["startIndex"]) ?? 0;
    const said = asText(segment["text"]);
    // Offsets count within one part; in streams, where one part comes in pieces, within the whole.
    const part = this.#parts[asCount(segment["partIndex"]) ?? 0];
    for (
      const { from, offsets } of [...(part === undefined ? [] : [part]), { from: 0, offsets: this.#offsets }]
    ) {
      const start = offsets.unitAt(startByte);
      const end = offsets.unitAt(endByte);
      if (start === undefined || end === undefined) continue;
      const place = { start: from + start, end: from + end };
      if (said === undefined || this.#whole.slice(place.start, place.end) === said) return place;
    }
    const found = said === undefined ? -1 : this.#whole.indexOf(said);
    return found === -1 ? {} : { start: found, end: found + (said as string).length };
  }
}

function refersBeyond(grounding: Fields, length: number): boolean {
  return (asList(grounding["groundingSupports"]) ?? []).some((entry) =>
    (asList(asFields(entry)?.["groundingChunkIndices"]) ?? []).some((index) =>
      (asCount(index) ?? 0) >= length
    )
  );
}

function same(one: Fields | undefined, other: Fields | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && keyOf(one) === keyOf(other));
}

/** What tells one source from another: its address, or what it says; whatever else Google adds may differ between events. */
function keyOf(source: Fields): string {
  const named = described(source);
  return named.url ?? JSON.stringify(named.text === undefined ? source : named);
}
