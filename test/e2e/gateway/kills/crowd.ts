/** Many callers at once, and how each of their requests ended. */

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { outputTokens, promptOf } from "./prices.ts";
import { formats, type Tongue } from "./formats.ts";

/** How a request may end; `cut`, `unclean` and `hung` never should. */
export type How = "answered" | "broken" | "refused" | "cut" | "unclean" | "hung";

export interface Ending {
  readonly how: How;
  /** 0: there was none. */
  readonly status: number;
  /** What was said, whose first word is who said it; of errors their message. */
  readonly text: string;
  readonly code: string;
  readonly ms: number;
  readonly stream: boolean;
}

export interface Asking {
  readonly url: string;
  readonly key: string;
  readonly id: string;
  /** How long its answer takes. */
  readonly waitMs?: number;
  /** How long after the others it comes. */
  readonly afterMs?: number;
  readonly stream?: boolean;
  /** Which of the two wire formats is spoken; by default OpenAI's. */
  readonly tongue?: Tongue;
  /** Whoever has no answer by then has been let hang. */
  readonly patienceMs?: number;
  readonly model?: string;
}

export async function ask(asking: Asking): Promise<Ending> {
  const { url, key, id, waitMs = 0, stream = false, tongue = "openai", patienceMs = 10_000 } = asking;
  const { path, whole, streamed, failure } = formats[tongue];
  if (asking.afterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, asking.afterMs));
  const beganMs = performance.now();
  const signal = AbortSignal.timeout(patienceMs);
  let status = 0;
  const ended = (how: How, text: string, code = "") => ({
    how,
    status,
    text,
    code,
    stream,
    ms: performance.now() - beganMs,
  });
  try {
    const reply = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model: asking.model ?? "gpt-4o-mini",
        stream,
        max_tokens: outputTokens,
        messages: [{ role: "user", content: promptOf(id, waitMs) }],
      }),
      signal,
    });
    status = reply.status;
    const text = await reply.text();
    if (status !== 200) {
      const { message, code } = failure(text);
      return ended("refused", message, code);
    }
    if (!stream) return ended("answered", whole(text));
    const { said, end } = streamed(text);
    if (end === "whole") return ended("answered", said);
    return end === "none" ? ended("unclean", text) : ended("broken", said, failure(end).code);
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return ended(signal.aborted ? "hung" : "cut", String(error));
  }
}

/** So many at once: whole and streamed, in both wire formats. `of` says more of each. */
export function crowd(size: number, of: (index: number) => Asking): Promise<readonly Ending[]> {
  return Promise.all(Array.from({ length: size }, (_, index) =>
    ask({
      stream: index % 2 === 1,
      tongue: index % 4 < 2 ? "openai" : "anthropic",
      ...of(index),
    })));
}

export function count(endings: readonly Ending[], fits: (ending: Ending) => boolean): number {
  return endings.filter(fits).length;
}

/** What the most patient of them waited. */
export function longest(endings: readonly Ending[]): number {
  return Math.round(Math.max(0, ...endings.map(({ ms }) => ms)));
}

/** Every request has an answer, or a clear error: none hangs, and none ends as if it were whole. */
export function assertEnded(endings: readonly Ending[]): void {
  const bad = endings.filter(({ how }) => how === "hung" || how === "cut" || how === "unclean");
  assert.deepEqual(bad.slice(0, 3), [], `${bad.length} requests ended badly`);
}

/** One line for the report of the tests. */
export function report(
  t: TestContext,
  endings: readonly Ending[],
  more: Readonly<Record<string, number | string>> = {},
): void {
  const of = (how: How) => count(endings, (one) => one.how === how);
  const figures = {
    requests: endings.length,
    answered: of("answered"),
    broken: of("broken"),
    refused: of("refused"),
    hung: of("hung"),
    "longest wait ms": longest(endings),
    ...more,
  };
  t.diagnostic(
    `${t.name}: ${Object.entries(figures).map(([name, figure]) => `${name} ${figure}`).join(", ")}`,
  );
}
