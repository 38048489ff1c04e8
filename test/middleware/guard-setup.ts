/** Small guards, and calls that go through the guard stage alone or with the stages that stand inside of it. */

import type { Call } from "../../src/contract/call.ts";
import type { Attempting, Planned } from "../../src/contract/context.ts";
import type { Finding, Guard } from "../../src/contract/guard.ts";
import type { Events } from "../../src/contract/events.ts";
import type { Middleware } from "../../src/contract/middleware.ts";
import type { Part } from "../../src/contract/part.ts";
import type { Outcome, Reply } from "../../src/contract/reply.ts";
import type { LoomError } from "../../src/errors/index.ts";
import { collect, endedBy, streamedReply } from "../../src/kernel/index.ts";
import { dedupStage } from "../../src/middleware/dedup.ts";
import { failoverStage } from "../../src/middleware/failover.ts";
import { guardStage } from "../../src/middleware/guard.ts";
import type { ActiveGuard } from "../../src/middleware/guard-rule.ts";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.ts";
import { type FakeContextOptions, fakePlanned } from "../../src/testing/fake-context.ts";
import { type Adapt, caught, hello, listening, run } from "./chain.ts";

/** Finds what a pattern matches. */
export function finds(pattern: RegExp, kind: string, score = 1): (text: string) => readonly Finding[] {
  const all = new RegExp(pattern.source, "g");
  return (text) =>
    [...text.matchAll(all)].map(({ 0: found, index }) => ({
      start: index,
      end: index + found.length,
      kind,
      score,
    }));
}

export const findKeys: (text: string) => readonly Finding[] = finds(/KEY-[0-9]{8}/, "KEY");
export const findMails: (text: string) => readonly Finding[] = finds(/[a-z]+@[a-z]+\.[a-z]+/, "EMAIL");

/** Keys in and out; 12 letters are the longest. */
export const keys: Guard = { input: ({ text }) => findKeys(text), output: findKeys, windowChars: 12 };
export const mails: Guard = { input: ({ text }) => findMails(text), output: findMails, windowChars: 32 };

export function rule(guard: Guard, change: Partial<ActiveGuard> = {}): ActiveGuard {
  return {
    name: "g",
    guard,
    action: "block",
    input: true,
    output: true,
    minScore: 0,
    budgetMs: 50,
    onUnavailable: "closed",
    sample: 1,
    shadow: false,
    ...change,
  };
}

export interface Setup {
  /** Default: 0, so that whatever is sampled is judged. */
  readonly random?: () => number;
  /** Stages between the guards and the failover. Default: none. */
  readonly inside?: readonly Middleware[];
}

/** A call that has begun. */
export interface Begun {
  readonly ctx: Planned;
  readonly settled: Promise<{ readonly value?: Reply; readonly error?: LoomError }>;
}

/** One that has ended. */
export interface Asked {
  readonly ctx: Planned;
  readonly reply: Reply | undefined;
  readonly error: LoomError | undefined;
  readonly parts: readonly Part[];
  readonly text: string;
}

export interface Guarded {
  readonly clock: FakeClock;
  begin(change?: Partial<Call>, adapt?: Adapt, context?: FakeContextOptions): Begun;
  ask(change?: Partial<Call>, adapt?: Adapt, context?: FakeContextOptions): Promise<Asked>;
  /** The calls that came through. */
  readonly sent: readonly Call[];
  readonly heard: readonly ["guard", Events["guard"]][];
}

export function guarded(
  rules: readonly ActiveGuard[],
  { random = () => 0, inside = [] }: Setup = {},
): Guarded {
  const clock = fakeClock();
  const toResult = (_: unknown, parts: readonly Part[]) => textOf(parts);
  const links = [guardStage(rules, { clock, random }), ...inside, failoverStage({ clock, toResult })];
  const { events, heard } = listening("guard");
  const sent: Call[] = [];
  const begin = (
    change: Partial<Call> = {},
    adapt: Adapt = () => hello,
    context: FakeContextOptions = {},
  ) => {
    const ctx = fakePlanned({ clock, events, call: change, ...context });
    const settled = caught(
      run(ctx, links, (inner) => (sent.push(inner.call), oneByOne(inner, adapt(inner)))),
    );
    return { ctx, settled };
  };
  const ask = async (change?: Partial<Call>, adapt?: Adapt, context?: FakeContextOptions) => {
    const { ctx, settled } = begin(change, adapt, context);
    const { value, error } = await settled;
    const { value: parts = [], error: late } = value === undefined ? {} : await caught(collect(value));
    return { ctx, reply: value, error: error ?? late, parts, text: textOf(parts) };
  };
  return { clock, begin, ask, sent, heard };
}

/** Streams come as they do from the network at its worst: every part by itself. */
function oneByOne({ call, target }: Attempting, made: ReturnType<Adapt>): ReturnType<Adapt> {
  if (!call.stream || !Array.isArray(made)) return made;
  const parts = made as readonly Part[];
  return streamedReply({ target, origin: "vendor" }, (receiver) => {
    let ended = false;
    const end = (outcome: Outcome) => {
      if (!ended) receiver.end(outcome);
      ended = true;
    };
    queueMicrotask(() => {
      for (const part of parts) if (!ended) receiver.parts([part]);
      end({ status: "ok" });
    });
    return { pause() {}, resume() {}, cancel: (reason) => end(endedBy(reason)) };
  });
}

export function withDedup(): Middleware {
  return dedupStage();
}

export function said(content: string): Partial<Call> {
  return { messages: [{ role: "user", content }] };
}

export function textOf(parts: readonly Part[]): string {
  return parts.map((part) => part.type === "text" ? part.text : "").join("");
}

/** What the receipt says of the guards, without times. */
export function verdicts(ctx: Planned): readonly (readonly [string, unknown])[] {
  return ctx.ledger.receipt().steps.filter(({ by, what }) => by === "guard" && what !== "held")
    .map(({ what, detail }) => [what, detail]);
}
