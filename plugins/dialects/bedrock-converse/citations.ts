/** Reads the sources that an answer names. */

import { asFields, asList, asText, type Citation, type Json, type Part } from "../../../src/plugin.ts";

/** Where in the answer's text the cited words stand. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export function citationPart(value: unknown, span: Span | undefined): Part | undefined {
  const raw = asFields(value);
  if (raw === undefined) return undefined;
  const source = asText(raw["source"]);
  const web = asFields(asFields(raw["location"])?.["web"]);
  const url = asText(web?.["url"]) ?? (source !== undefined && /^https?:/.test(source) ? source : undefined);
  const title = asText(raw["title"]);
  const text = (asList(raw["sourceContent"]) ?? []).map((entry) => asText(asFields(entry)?.["text"]) ?? "")
    .join("");
  const citation: Citation = {
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(text !== "" && { text }),
    ...(span !== undefined && span.end > span.start ? span : {}),
    raw: raw as Json,
  };
  return { type: "citation", citation };
}
