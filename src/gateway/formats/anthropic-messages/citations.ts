/** Citations in Anthropic's form. */

import type { Citation, Json } from "../../../contract/index.ts";
import { isObject } from "./checks.ts";

/** `undefined`: it names no source that this format has a place for. */
export function citationOf({ raw, url, title, text }: Citation): Json | undefined {
  const type = isObject(raw) ? raw["type"] : undefined;
  if (raw !== undefined && typeof type === "string" && type.endsWith("_location")) return raw;
  if (url === undefined) return undefined;
  return {
    type: "web_search_result_location",
    url,
    title: title ?? null,
    cited_text: text ?? "",
    // Only Anthropic's own search has one.
    encrypted_index: "",
  };
}
