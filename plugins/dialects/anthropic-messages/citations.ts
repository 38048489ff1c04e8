/** Citations of text blocks: which source stands behind which stretch of the answer. */

import { asFields, asText, type Citation, type Json } from "../../../src/plugin.ts";

/** A citation of the stretch of text from `start` to `end`: the vendor cites for whole blocks. */
export function citationOf(value: unknown, start: number, end: number): Citation | undefined {
  const cited = asFields(value);
  if (cited === undefined) return undefined;
  const source = asText(cited["source"]);
  const url = asText(cited["url"]) ?? (source !== undefined && URL.canParse(source) ? source : undefined);
  const title = asText(cited["title"]) ?? asText(cited["document_title"]);
  const text = asText(cited["cited_text"]);
  return {
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(text !== undefined && { text }),
    ...(end > start && { start, end }),
    raw: value as Json,
  };
}
