/** The items that Loom writes into answers of other vendors, and how they are known again when a client sends them back. */

import type { Json, JsonObject } from "../../../contract/index.ts";

/** Who made what only vendors of this format understand: the provider that stands for them. */
export const formatMaker = "openai-responses";

/** What an item carries for its maker through clients that know nothing of it. */
export interface Carried {
  readonly madeBy: string;
  /** Proof of origin of the item's thinking. */
  readonly signature?: string;
  /** A block that only its maker understands. */
  readonly native?: JsonObject;
}

const mark = "_loom_";

/** Ids of items, which no vendor gives. */
export function ownId(prefix: string, callId: string, index: number): string {
  return `${prefix}${mark}${callId}_${index}`;
}

export function isOwnId(id: Json | undefined): boolean {
  return typeof id === "string" && id.includes(mark);
}

const carrier = "loom:";

/**
 * Writes what is carried as the `encrypted_content` of a reasoning item: the one field of the format that clients keep
 * unseen and send back with the turn.
 */
export function carry(carried: Carried): string {
  return carrier + JSON.stringify(carried);
}

/** `undefined`: it is a vendor's own, or was changed on its way. */
export function carriedIn(text: Json | undefined): Carried | undefined {
  if (typeof text !== "string" || !text.startsWith(carrier)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text.slice(carrier.length));
  } catch {
    return undefined;
  }
  const { madeBy, signature, native } = (value ?? {}) as Record<string, unknown>;
  if (typeof madeBy !== "string") return undefined;
  if (typeof signature === "string") return { madeBy, signature };
  if (typeof native !== "object" || native === null || Array.isArray(native)) return undefined;
  return { madeBy, native: native as JsonObject };
}

/** The fields that another vendor wants to see again with its call, in a place where clients keep what they do not know. */
export function extraContent(provider: string, extra: JsonObject): JsonObject {
  return { loom: { provider, extra } };
}

/** What `extraContent` wrote into an earlier answer. */
export function carriedExtra(
  content: Json | undefined,
): { readonly extra: JsonObject; readonly madeBy: string } | undefined {
  const loom = isObject(content) ? content["loom"] : undefined;
  if (!isObject(loom)) return undefined;
  const { provider, extra } = loom;
  return typeof provider === "string" && isObject(extra) ? { extra, madeBy: provider } : undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Types of items that vendors of this format give. Blocks of any other type come from elsewhere. */
const itemTypes: ReadonlySet<Json | undefined> = new Set([
  ..."message reasoning compaction program program_output additional_tools".split(" "),
  ..."file_search_call web_search_call x_search_call code_interpreter_call image_generation_call".split(" "),
  ..."computer_call computer_call_output tool_search_call tool_search_output".split(" "),
  ..."local_shell_call local_shell_call_output shell_call shell_call_output".split(" "),
  ..."apply_patch_call apply_patch_call_output mcp_call mcp_list_tools mcp_approval_request".split(" "),
  ..."mcp_approval_response function_call_output custom_tool_call custom_tool_call_output".split(" "),
]);

export function isItem({ type }: JsonObject): boolean {
  return itemTypes.has(type);
}

/**
 * Whether a request sends back what Loom wrote for a vendor of another format: thinking, blocks, pictures, calls with fields
 * of their maker. Vendors of this format refuse such items, so its body is not to be forwarded as it is.
 */
export function holdsForeignItems({ input }: JsonObject): boolean {
  return Array.isArray(input) && (input as readonly Json[]).some(isForeign);
}

function isForeign(item: Json): boolean {
  if (!isObject(item)) return false;
  const { type, id, extra_content: extra, encrypted_content: encrypted } = item;
  if (carriedExtra(extra) !== undefined || carriedIn(encrypted) !== undefined) return true;
  return isOwnId(id) && (type === "reasoning" || type === "image_generation_call");
}
