/** Reads what an account has left from the headers of an answer, in the forms that vendors use. Pure. */

/** What is left, until all of it is free again. */
export interface Level {
  readonly remaining: number;
  readonly resetMs: number;
}

export interface Allowance {
  readonly requests?: Level;
  readonly tokens?: Level;
}

/** One pair of headers: what is left, and when there is more. */
interface Pair {
  readonly kind: keyof Allowance;
  readonly remaining: string;
  readonly reset: string;
}

const prefix = "x-ratelimit-";
const pairs: readonly Pair[] = [
  ...["requests", "req-minute", "requests-minute", "requests-day"].map((what) => ofOpenAI("requests", what)),
  ...["tokens", "tokens-minute", "tokens-query-minute"].map((what) => ofOpenAI("tokens", what)),
  { kind: "requests", remaining: `${prefix}remaining`, reset: `${prefix}reset` },
  ofAnthropic("requests", "requests"),
  ...["tokens", "input-tokens", "output-tokens"].map((what) => ofAnthropic("tokens", what)),
];

function ofOpenAI(kind: Pair["kind"], what: string): Pair {
  return { kind, remaining: `${prefix}remaining-${what}`, reset: `${prefix}reset-${what}` };
}

function ofAnthropic(kind: Pair["kind"], what: string): Pair {
  const name = `anthropic-ratelimit-${what}`;
  return { kind, remaining: `${name}-remaining`, reset: `${name}-reset` };
}

/** Without a word on when there is more: most vendors count by the minute, and give back bit by bit. */
const assumedResetMs = 10_000;

/** @param header a header's value by its name in lower case @param nowMs since the epoch, for vendors that name a date */
export function allowanceOf(
  header: (name: string) => string | undefined,
  nowMs: number,
): Allowance | undefined {
  let found: { -readonly [K in keyof Allowance]: Allowance[K] } | undefined;
  for (const { kind, remaining, reset } of pairs) {
    const text = header(remaining);
    if (text === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(text)) continue;
    const level: Level = { remaining: Number(text), resetMs: resetMs(header(reset), nowMs) };
    const known = found?.[kind];
    // The tightest counts.
    if (known === undefined || level.remaining < known.remaining) (found ??= {})[kind] = level;
  }
  return found;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Bare numbers above these are seconds, and milliseconds, since the epoch rather than a wait. */
const [epochSeconds, epochMs] = [1e9, 1e12];

/** `6m0s`, `12ms`, `17`, `2026-01-01T00:00:00Z`, `1767225600`. */
function resetMs(text: string | undefined, nowMs: number): number {
  if (text === undefined || text.trim() === "") return assumedResetMs;
  const bare = Number(text);
  if (bare >= epochMs) return Math.max(0, bare - nowMs);
  if (bare >= epochSeconds) return Math.max(0, bare * 1_000 - nowMs);
  // Azure says -1 where it does not know.
  if (!Number.isNaN(bare)) return bare < 0 ? assumedResetMs : bare * 1_000;
  const spans = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)];
  if (spans.length > 0 && spans.map(([whole]) => whole).join("") === text.trim()) {
    return spans.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (unitMs[unit] ?? 0), 0);
  }
  const untilMs = Date.parse(text);
  return Number.isNaN(untilMs) ? assumedResetMs : Math.max(0, untilMs - nowMs);
}
