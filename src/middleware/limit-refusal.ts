/** What a caller is told of its limits: how much is left, which one was reached, and when it frees. */

import type { AllowanceLevel, AllowanceState } from "../contract/allowance.ts";
import type { Held, Hold } from "../contract/storage.ts";
import { type LoomError, loomError } from "../errors/index.ts";
import { minuteMs, type Rule } from "./limit-rules.ts";

/** Calls in flight end within seconds as a rule; nobody can say when. */
const soonMs = 1_000;

/** The tightest requests and tokens per minute; `undefined`: there are none. */
export function stateOf(rules: readonly Rule[], { levels }: Held, nowMs: number): AllowanceState | undefined {
  let requests: AllowanceLevel | undefined;
  let tokens: AllowanceLevel | undefined;
  for (let index = 0; index < rules.length; index++) {
    const { kind, max, endsAtMs } = rules[index] as Rule;
    if (kind !== "requests" && kind !== "tokens") continue;
    const level = levels[index] ?? 0;
    const remaining = Math.max(0, Math.floor(max - level));
    const before = kind === "requests" ? requests : tokens;
    if (before !== undefined && before.remaining <= remaining) continue;
    // What counts now fades until the end of the minute that comes.
    const resetMs = level > 0 ? endsAtMs(nowMs) - nowMs + minuteMs : 0;
    const state = { limit: max, remaining, resetMs };
    if (kind === "requests") requests = state;
    else tokens = state;
  }
  if (requests === undefined && tokens === undefined) return undefined;
  return { ...(requests && { requests }), ...(tokens && { tokens }) };
}

/** The error of a call that was not let in. */
export function refusal(
  rules: readonly Rule[],
  holds: readonly Hold[],
  held: Held,
  state: AllowanceState | undefined,
  nowMs: number,
): LoomError {
  const full = held.full ?? 0;
  const [rule, hold] = [rules[full], holds[full]];
  if (rule === undefined || hold === undefined) {
    return loomError("internal", "the store refused a hold and did not say which", {});
  }
  const { scope, limit, max } = rule;
  const waitMs = freesInMs(rule, hold, held, nowMs);
  const when = waitMs === undefined ? advice(rule) : `; it frees ${whenFree(rule, waitMs)}`;
  return loomError(
    "limit-exceeded",
    `${scope} has reached its limit: ${told(rule, hold, held)}${when}`,
    { limit, scope, max, ...(state === undefined ? {} : { state }) },
    waitMs === undefined ? {} : { retryAfterMs: waitMs },
  );
}

/** When the hold would fit if nothing more were used; `undefined`: never, as it is asked for. */
function freesInMs(rule: Rule, { amount, max }: Hold, { parts }: Held, nowMs: number): number | undefined {
  if (amount > max) return undefined;
  const endsInMs = rule.endsAtMs(nowMs) - nowMs;
  switch (rule.kind) {
    case "concurrent":
      return soonMs;
    case "money":
      if (parts !== undefined && parts.used + amount <= max) return soonMs;
      return endsInMs === Infinity ? undefined : Math.ceil(endsInMs);
    case "requests":
    case "tokens": {
      if (parts === undefined) return Math.ceil(endsInMs);
      const own = parts.used + parts.held;
      const free = max - amount;
      // The minute before fades in what is left of this one; then this one fades in the next.
      if (own <= free) return Math.ceil(endsInMs * Math.min(1, 1 - (free - own) / parts.before));
      return Math.ceil(endsInMs + minuteMs * (1 - free / own));
    }
  }
}

function whenFree({ kind }: Rule, waitMs: number): string {
  const inFlight = kind === "concurrent" || (kind === "money" && waitMs === soonMs);
  return inFlight ? "when calls in flight end" : `in ${spoken(waitMs)}`;
}

function told(rule: Rule, { amount }: Hold, { parts }: Held): string {
  const { kind, max, limit } = rule;
  switch (kind) {
    case "requests":
      return `${max} requests per minute`;
    case "tokens":
      return `${max} tokens per minute, and this call may take ${amount}`;
    case "concurrent":
      return `${max} requests at once`;
    case "money": {
      const taken = parts === undefined
        ? ""
        : `; ${usd(parts.used)} USD are used, ${usd(parts.held)} reserved`;
      const asked = amount === 0 ? "" : `, and this call may cost ${usd(amount)}`;
      return `a ${limit} of ${max} USD${taken}${asked}`;
    }
  }
}

function advice({ kind }: Rule): string {
  if (kind === "requests" || kind === "concurrent") return "";
  return "; lower max_tokens, shorten the input or raise the limit";
}

function usd(nanoUsd: number): string {
  return Number((nanoUsd / 1e9).toPrecision(3)).toString();
}

function spoken(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.ceil(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.ceil(hours / 24)} days`;
}
