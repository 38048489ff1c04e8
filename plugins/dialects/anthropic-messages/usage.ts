/** Reads token counts, which a stream gives in two places and corrects on the way. */

import { asCount, asFields, asList, asText, type Fields, type Usage } from "../../../src/plugin.ts";

/** What was counted so far. Counts are cumulative: a later one replaces an earlier one. */
export class UsageCount {
  #seen: Record<string, unknown> | undefined;

  /** Takes a `usage` object over what is known, field by field. `false`: there was nothing in it. */
  add(value: unknown): boolean {
    const usage = asFields(value);
    if (usage === undefined) return false;
    const seen = this.#seen ?? {};
    let any = false;
    for (const name in usage) {
      const count = usage[name];
      if (count === null || count === undefined || isForgotten(name, count, usage, seen)) continue;
      seen[name] = count;
      any = true;
    }
    if (any) this.#seen = seen;
    return any;
  }

  get usage(): Usage | undefined {
    return this.#seen === undefined ? undefined : read(this.#seen);
  }
}

/**
 * Some hosts write 0 for input at the end of a stream, because they counted it at its beginning; 0 is right where the cache
 * has it all.
 */
function isForgotten(name: string, count: unknown, usage: Fields, seen: Fields): boolean {
  if (name !== "input_tokens" || count !== 0 || asCount(seen[name]) === undefined) return false;
  return !asCount(usage["cache_read_input_tokens"]) && !asCount(usage["cache_creation_input_tokens"]);
}

function read(usage: Fields): Usage {
  const total = { input: 0, output: 0, read: 0, written: 0, written1h: 0 };
  count(usage, total);
  // What compacting a long conversation took stands beside the totals. Advisors are other models, with other prices.
  for (const entry of asList(usage["iterations"]) ?? []) {
    const iteration = asFields(entry);
    if (iteration?.["type"] === "compaction") count(iteration, total);
  }
  const searches = asCount(asFields(usage["server_tool_use"])?.["web_search_requests"]);
  const serviceTier = asText(usage["service_tier"]);
  const thinking = asCount(asFields(usage["output_tokens_details"])?.["thinking_tokens"]) ?? 0;
  const inputTokens = total.input + total.read + total.written;
  return {
    inputTokens,
    outputTokens: total.output,
    cachedTokens: total.read,
    cacheWriteTokens: total.written,
    ...(total.written1h > 0 && { cacheWrite1hTokens: total.written1h }),
    reasoningTokens: Math.min(thinking, total.output),
    totalTokens: inputTokens + total.output,
    ...(searches !== undefined && searches > 0 && { queries: searches }),
    ...(serviceTier !== undefined && { serviceTier }),
  };
}

interface Total {
  input: number;
  output: number;
  read: number;
  written: number;
  written1h: number;
}

/** `input_tokens` are those after the last cache point; cached ones are counted beside them. */
function count(usage: Fields, total: Total): void {
  const lifetimes = asFields(usage["cache_creation"]);
  const short = asCount(lifetimes?.["ephemeral_5m_input_tokens"]) ?? 0;
  const hour = asCount(lifetimes?.["ephemeral_1h_input_tokens"]) ?? 0;
  const written = asCount(usage["cache_creation_input_tokens"]) ?? 0;
  total.input += asCount(usage["input_tokens"]) ?? 0;
  total.output += asCount(usage["output_tokens"]) ?? 0;
  total.read += asCount(usage["cache_read_input_tokens"]) ?? 0;
  total.written += Math.max(written, short + hour);
  total.written1h += hour;
}
