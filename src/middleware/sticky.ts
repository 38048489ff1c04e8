/** Sticky routing: calls that begin alike go where the beginning is cached already. */

import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Message } from "../contract/message.ts";
import type { Planned } from "../contract/context.ts";
import type { Clock } from "../contract/services.ts";
import type { Target } from "../contract/target.ts";
import { numberOption } from "./check-option.ts";

export interface StickyOptions {
  /** How long a target is remembered after its last call. Default 300,000, the usual life of a vendor's prompt cache. */
  readonly ttlMs?: number;
  /** `conversation` (the default): by system prompt and first turn. `user`: by who asks. */
  readonly by?: "conversation" | "user";
}

export interface Stickiness {
  /** What calls that belong together have in common; `undefined`: this one belongs to none. */
  keyOf(ctx: Planned): string | undefined;
  /** The target that served the last call of this key, if it is among these. */
  find(key: string, targets: readonly Target[]): Target | undefined;
  served(key: string, target: Target): void;
}

/** Beginnings that are remembered, the least recently used of them out first. */
const maxKeys = 10_000;

/** Characters of a text that count, beside its length: long prompts are told apart without being read through. */
const maxChars = 2_048;

/** @throws LoomError `config-invalid` */
export function stickiness({ ttlMs, by = "conversation" }: StickyOptions, clock: Clock): Stickiness {
  const targets = new LRUCache<string, string>({
    max: maxKeys,
    ttl: Math.round(numberOption("routing.sticky.ttlMs", ttlMs, 300_000, { min: 1, max: 86_400_000 })),
    // Asked at each access, so that no timer runs; never 0, which lru-cache takes for "no time to live".
    ttlResolution: 0,
    perf: { now: () => clock.monotonic() + 1 },
  });
  return {
    keyOf: by === "user" ? userKey : conversationKey,
    find(key, among) {
      const name = targets.get(key);
      return name === undefined ? undefined : among.find((target) => nameOf(target) === name);
    },
    served: (key, target) => void targets.set(key, nameOf(target)),
  };
}

function userKey({ call }: Planned): string | undefined {
  if (call.user === undefined) return undefined;
  return digest([call.tenant ?? "", modelOf(call), call.user]);
}

/** Turns after the first do not count: they come and go, and the cached beginning stays. */
function conversationKey({ call }: Planned): string | undefined {
  const system = call.messages.find(({ role }) => role === "system");
  const first = call.messages.find(({ role }) => role === "user");
  if (first === undefined) return undefined;
  return digest([call.tenant ?? "", modelOf(call), beginning(system), beginning(first)]);
}

/** Hashed, so that nothing of a prompt is kept. */
function digest(parts: readonly string[]): string {
  return hash("sha1", JSON.stringify(parts));
}

function modelOf({ candidates: [{ provider = "", model = "" }] }: Planned["call"]): string {
  return `${provider}/${model}`;
}

function beginning(message: Message | undefined): string {
  if (message === undefined) return "";
  const { content } = message;
  if (typeof content === "string") return shortened(content);
  let text = "";
  for (const part of content) {
    text += "text" in part ? shortened(part.text) : `<${part.type}>`;
    if (text.length >= maxChars) break;
  }
  return text.slice(0, maxChars);
}

function shortened(text: string): string {
  return text.length <= maxChars ? text : `${text.length}:${text.slice(0, maxChars)}`;
}

function nameOf({ provider, upstreamModel }: Target): string {
  return `${provider}/${upstreamModel}`;
}
