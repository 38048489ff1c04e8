/** A request that came in one wire format and goes to a vendor of another: what only the first understands stays behind. */

import type { Call, NativeRequest } from "../contract/call.ts";
import type { Attempting } from "../contract/context.ts";
import type { ContentPart, Message, Tool } from "../contract/message.ts";
import type { Notice } from "../contract/dialect.ts";
import { loomError } from "../errors/index.ts";
import { heed } from "../errors/notices.ts";

/** Most names that a warning lists. */
const maxNames = 20;

/**
 * The context with a call that any dialect can encode, and a word in the receipt about what that leaves out.
 *
 * @param dialect that of the vendor
 * @throws LoomError `unsupported`, when the request would be another one without it
 */
export function withoutForeign(ctx: Attempting, native: NativeRequest, dialect: string): Attempting {
  if (native.dialect === dialect) return ctx;
  const { provider, model } = ctx.target;
  const [bound] = native.binding ?? [];
  if (bound !== undefined) {
    throw loomError(
      "unsupported",
      `${bound} means something only to vendors of the format ${native.dialect}, and ${provider} is none`,
      { feature: bound },
      { provider, model },
    );
  }
  const lost = new Set(native.unknown);
  const call = portable(ctx.call, lost);
  if (lost.size > 0) heed(ctx, [notice(provider, [...lost])]);
  return call === ctx.call ? ctx : ctx.with({ call });
}

function notice(provider: string, lost: readonly string[]): Notice {
  const names = lost.slice(0, maxNames).join(", ");
  return { code: "field-left-out", message: `${provider} was not sent what it has no word for: ${names}` };
}

function portable(call: Call, lost: Set<string>): Call {
  const messages = replaced(call.messages, (message) => portableMessage(message, lost));
  const tools = call.tools === undefined
    ? undefined
    : replaced(call.tools, (tool) => portableTool(tool, lost));
  if (messages === call.messages && tools === call.tools) return call;
  return { ...call, messages, ...(tools === undefined ? {} : { tools }) };
}

function portableMessage(given: Message, lost: Set<string>): Message {
  const message = withoutExtra(given, lost);
  const { content, role } = message;
  // An assistant's parts say who made them, and each dialect decides by that.
  if (typeof content === "string" || role === "assistant") return message;
  const parts = replaced(content, (part) => portablePart(part, lost));
  return parts === content ? message : { ...message, content: parts };
}

function portablePart(part: ContentPart, lost: Set<string>): ContentPart | undefined {
  if (part.type !== "native") return withoutExtra(part, lost);
  const { type } = part.value;
  lost.add(typeof type === "string" ? type : "a block of its own");
  return undefined;
}

/** A vendor's own tool runs at that vendor. */
function portableTool(tool: Tool, lost: Set<string>): Tool | undefined {
  if (tool.native === undefined) return withoutExtra(tool, lost);
  lost.add(`tool ${tool.name}`);
  return undefined;
}

function withoutExtra<T extends { readonly extra?: unknown }>(one: T, lost: Set<string>): T {
  if (one.extra === undefined) return one;
  const { extra, ...rest } = one;
  for (const name of Object.keys(extra as object)) lost.add(name);
  return rest as T;
}

/** The same list when nothing in it changes. */
function replaced<T>(list: readonly T[], change: (one: T) => T | undefined): readonly T[] {
  let changed = false;
  const next = list.flatMap((one) => {
    const made = change(one);
    if (made !== one) changed = true;
    return made === undefined ? [] : [made];
  });
  return changed ? next : list;
}
