/** Which blocks and fields are Anthropic's own: no other vendor understands them. */

import type { JsonObject, NativeContent } from "../../../contract/index.ts";

/** The provider that made such blocks. Vendors that speak its wire format are sent them with the body as it came. */
export const anthropic = "anthropic";

/**
 * What answers may hold beside text, thinking and calls. Results of its tools end in `_tool_result`. Of names that others
 * have, too (`compaction`), it depends on who made the block.
 */
const blocks: ReadonlySet<unknown> = new Set([
  "redacted_thinking",
  "server_tool_use",
  "mcp_tool_use",
  "container_upload",
]);

/** Whether a client of Anthropic's knows what to do with a block that `provider` made. */
export function isOwnBlock({ type }: JsonObject, provider: string): boolean {
  if (typeof type !== "string") return false;
  return provider === anthropic || blocks.has(type) || type.endsWith("_tool_result");
}

/** Fields of a tool call. */
const callFields: ReadonlySet<string> = new Set(["caller", "toolset_name", "cache_control"]);

/** The fields of a call that go back and forth with it; those of other vendors would make Anthropic refuse the next turn. */
export function ownCallFields(extra: JsonObject | undefined, provider: string): JsonObject | undefined {
  if (extra === undefined || provider === anthropic) return extra;
  return Object.fromEntries(Object.entries(extra).filter(([name]) => callFields.has(name)));
}

/** A block as the caller wrote it, for Anthropic alone. */
export function nativePart(value: JsonObject): NativeContent {
  return { type: "native", value, madeBy: anthropic };
}
