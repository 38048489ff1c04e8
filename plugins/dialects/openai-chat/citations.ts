/** Reads the sources of an answer from the places where vendors name them. */

import {
  asFields,
  asIndex,
  asList,
  asText,
  type Citation,
  type Fields,
  type Json,
  type Part,
} from "../../../src/plugin.ts";

/** Collects citations and forgets none and repeats none: some vendors send the whole list with every chunk. */
export class Citations {
  readonly #seen = new Set<string>();
  /** Lengths of the lists that were read last: a list that did not grow holds nothing new. */
  #lists = "";

  /** `annotations` of a message or delta (OpenAI search models, OpenRouter). */
  annotations(list: unknown, choice: number, parts: Part[]): void {
    for (const entry of asList(list) ?? []) {
      const annotation = asFields(entry);
      if (annotation === undefined) continue;
      const named = asFields(annotation["url_citation"]) ?? annotation;
      this.#add(
        citation(named["url"], named["title"], named["content"], annotation, {
          start: named["start_index"],
          end: named["end_index"],
        }),
        choice,
        parts,
      );
    }
  }

  /** Lists beside the choices: Perplexity's and xAI's `citations`, Perplexity's `search_results`, Z.AI's `web_search`. */
  body(body: Fields, parts: Part[]): void {
    // Most vendors name none, and this is asked of every chunk.
    if (!("citations" in body || "search_results" in body || "web_search" in body)) return;
    const urls = asList(body["citations"]) ?? [];
    const results = asList(body["search_results"]) ?? [];
    const searches = asList(body["web_search"]) ?? [];
    const lists = `${urls.length}/${results.length}/${searches.length}`;
    if (lists === this.#lists) return;
    this.#lists = lists;
    const known = new Map<unknown, Fields>();
    for (const entry of results) {
      const result = asFields(entry);
      if (result !== undefined) known.set(result["url"], result);
    }
    for (const entry of urls) {
      const url = asText(entry) ?? asFields(entry)?.["url"];
      const result = known.get(url) ?? asFields(entry);
      this.#add(citation(url, result?.["title"], result?.["snippet"], result ?? entry), 0, parts);
    }
    for (const result of known.values()) {
      this.#add(citation(result["url"], result["title"], result["snippet"], result), 0, parts);
    }
    for (const entry of searches) {
      const found = asFields(entry);
      if (found !== undefined) {
        this.#add(citation(found["link"], found["title"], found["content"], found), 0, parts);
      }
    }
  }

  #add(found: Citation, choice: number, parts: Part[]): void {
    const key = `${choice} ${found.url ?? JSON.stringify(found.raw)} ${found.start ?? ""}-${found.end ?? ""}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    parts.push(
      choice === 0 ? { type: "citation", citation: found } : { type: "citation", citation: found, choice },
    );
  }
}

function citation(
  url: unknown,
  title: unknown,
  text: unknown,
  raw: unknown,
  place: { readonly start?: unknown; readonly end?: unknown } = {},
): Citation {
  const found: { -readonly [K in keyof Citation]: Citation[K] } = {};
  if (typeof url === "string") found.url = url;
  if (typeof title === "string") found.title = title;
  if (typeof text === "string") found.text = text;
  const [start, end] = [asIndex(place.start), asIndex(place.end)];
  if (start !== undefined) found.start = start;
  if (end !== undefined) found.end = end;
  found.raw = raw as Json;
  return found;
}
