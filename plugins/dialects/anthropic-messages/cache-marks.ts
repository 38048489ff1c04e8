/** Prompt-cache marks: put on the system prompt when asked for, and never more than the API takes. */

import type { Body, Json, JsonObject } from "../../../src/plugin.ts";
import type { Conversation } from "./encode-turns.ts";
import { type Encoding, invalid, notice } from "./place.ts";

/** More are refused. */
const maxMarks = 4;

/** Marks the end of the system prompt, for the param `cache_system`. */
export function markSystem(system: JsonObject[], at: Encoding): void {
  const asked = at.ctx.target.params["cache_system"];
  if (asked === undefined || asked === null || asked === false) return;
  if (asked !== true && asked !== "5m" && asked !== "1h") {
    throw invalid(at, "params.cache_system", 'must be true, "5m" or "1h"');
  }
  const last = system.at(-1);
  if (last === undefined || last["cache_control"] !== undefined) return;
  const mark = asked === true ? { type: "ephemeral" } : { type: "ephemeral", ttl: asked };
  system[system.length - 1] = { ...last, cache_control: mark };
}

/**
 * Takes marks away until no more are left than the API takes: of the turns the first ones, because the last cover the longest
 * beginning; then of system prompt and tools, which stay the same for longest.
 */
export function limitMarks(body: Body, { system, turns }: Conversation, at: Encoding): void {
  const tools = (body["tools"] ?? []) as Json[];
  const inTurns = turns.flatMap(({ blocks }) => marksIn(blocks));
  const inFront = [...marksIn(tools), ...marksIn(system)];
  const allowed = body["cache_control"] === undefined || body["cache_control"] === null
    ? maxMarks
    : maxMarks - 1;
  let excess = inTurns.length + inFront.length - allowed;
  if (excess <= 0) return;
  notice(
    at,
    "cache-mark-dropped",
    `${at.manifest.label} takes ${maxMarks} prompt-cache marks; the first ${excess} of the turns were left out`,
  );
  for (const remove of [...inTurns, ...inFront]) {
    if (excess-- <= 0) return;
    remove();
  }
}

/** One function for each mark of a list, that takes it away. Blocks may be the caller's own, so they are copied. */
function marksIn(list: Json[]): (() => void)[] {
  const removals: (() => void)[] = [];
  list.forEach((entry, index) => {
    const block = entry as JsonObject;
    if (hasMark(block)) removals.push(() => list[index] = bare(list[index] as JsonObject));
    const inner = block["type"] === "tool_result" ? block["content"] : undefined;
    if (!Array.isArray(inner)) return;
    inner.forEach((one, at) => {
      if (!hasMark(one as JsonObject)) return;
      removals.push(() => {
        const outer = list[index] as JsonObject;
        const content = [...outer["content"] as Json[]];
        content[at] = bare(content[at] as JsonObject);
        list[index] = { ...outer, content };
      });
    });
  });
  return removals;
}

function hasMark(block: JsonObject): boolean {
  return block["cache_control"] !== undefined && block["cache_control"] !== null;
}

function bare(block: JsonObject): JsonObject {
  const { cache_control: _, ...rest } = block;
  return rest;
}
