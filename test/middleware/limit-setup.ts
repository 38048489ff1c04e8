/** The limit stage over the real failover and adapter stages, a provider that a test scripts, and a store that is watched. */

import memory from "../../plugins/stores/memory/index.ts";
import type { Allowance, Call } from "../../src/contract/call.ts";
import type { Attempting, Planned } from "../../src/contract/context.ts";
import type { Middleware } from "../../src/contract/middleware.ts";
import type { Part } from "../../src/contract/part.ts";
import type { Answer, Reply } from "../../src/contract/reply.ts";
import type { Store } from "../../src/contract/storage.ts";
import type { Usage } from "../../src/contract/usage.ts";
import { bill } from "../../src/catalog/index.ts";
import type { LoomError } from "../../src/errors/index.ts";
import { compose } from "../../src/kernel/index.ts";
import { adapterStage } from "../../src/middleware/adapter.ts";
import { failoverStage } from "../../src/middleware/failover.ts";
import { type LimitOptions, type LimitStage, limitStage } from "../../src/middleware/limit.ts";
import { CLOCK } from "../../src/plugin.ts";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.ts";
import {
  type FakeCancellation,
  fakeCancellation,
  type FakeContextOptions,
  fakePlanned,
} from "../../src/testing/fake-context.ts";
import { finish, text } from "../kernel/scripted.ts";
import { optionsOf } from "../support/options.ts";
import { useOf } from "../support/use.ts";
import { caught } from "./chain.ts";

/** 1 USD per million tokens: 1,000 nano-USD for each. */
export const price = { input: 1e9, output: 1e9 };
export const nanoUsdPerToken = 1000;

export function usage(inputTokens: number, outputTokens: number): Usage {
  const totalTokens = inputTokens + outputTokens;
  return { inputTokens, outputTokens, totalTokens, cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
}

/** An answer that used so many tokens. */
export function answered(tokens: number): readonly Part[] {
  return [text("hello"), { type: "usage", usage: usage(tokens, 0) }, finish];
}

/** Everything there is to bound, in one scope. */
export function allowance(change: Partial<Allowance> = {}): Allowance {
  return {
    scope: "key:a",
    requestsPerMinute: 1000,
    tokensPerMinute: 1_000_000,
    concurrentRequests: 1000,
    budgets: [{ limitUsd: 1000, per: "day" }],
    ...change,
  };
}

/** What the provider does with an attempt. */
export type Answering = (ctx: Attempting) => Answer | LoomError | Promise<Answer | LoomError>;

export interface Setup {
  readonly answer?: Answering;
  readonly limits?: LimitOptions;
  /** Links between the limit and the failover stage. */
  readonly links?: readonly Middleware[];
  /** The store as the stage sees it. */
  readonly store?: (good: Store, clock: FakeClock) => Store;
}

/** Levels of everything that is counted for a scope; `held` is what is there beyond what was used. */
export interface Counts {
  readonly requests: number;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly concurrent: number;
}

export interface Limited {
  readonly clock: FakeClock;
  readonly stage: LimitStage;
  readonly good: Store;
  /** How often each lease was settled, by what the stage asked of the store. */
  readonly settlements: Map<string, number>;
  readonly said: string[];
  call(
    change?: Partial<Call>,
    context?: FakeContextOptions,
  ): {
    readonly ctx: Planned;
    readonly cancellation: FakeCancellation;
    readonly settled: Promise<{ readonly value?: Reply; readonly error?: LoomError }>;
  };
  counts(scope?: string): Promise<Counts>;
}

let looks = 0;

export function limited(setup: Setup = {}): Limited {
  const { answer = () => ({ parts: answered(10) }), limits = {}, links = [] } = setup;
  const clock = fakeClock();
  const good = memory.make(useOf([CLOCK, clock]), optionsOf(memory)) as Store;
  const seen = setup.store?.(good, clock) ?? good;
  const settlements = new Map<string, number>();
  const said: string[] = [];
  const note = (message: string) => void said.push(message);
  const store: Pick<Store, "hold" | "settle"> = {
    hold: (lease, holds, leaseMs) => seen.hold(lease, holds, leaseMs),
    settle(lease, holds, used) {
      settlements.set(lease, (settlements.get(lease) ?? 0) + 1);
      return seen.settle(lease, holds, used);
    },
  };
  const logger = { debug: note, info: note, warn: note, error: note };
  const stage = limitStage(limits, { store, clock, logger, bill });
  const provider = {
    label: "Acme",
    modalities: ["text"] as const,
    models: "open" as const,
    async open(ctx: Attempting): Promise<Answer> {
      const made = await answer(ctx);
      if (made instanceof Error) throw made;
      return made;
    },
  };
  const active = { provider, key: () => undefined, keyRejected: () => false };
  const chain = compose([
    stage,
    ...links,
    failoverStage({ clock, toResult: () => undefined }),
    adapterStage({ provider: () => active }),
  ]);
  let calls = 0;
  return {
    clock,
    stage,
    good,
    settlements,
    said,
    call(change = {}, context = {}) {
      const cancellation = fakeCancellation();
      const ctx = fakePlanned({
        id: `call-${++calls}`,
        clock,
        cancellation,
        call: { allowances: [allowance()], params: { max_tokens: 100 }, ...change },
        target: { price, params: { max_tokens: 100 } },
        deadlineMs: clock.monotonic() + 60_000,
        ...context,
      });
      return { ctx, cancellation, settled: caught(chain(ctx)) };
    },
    async counts(scope = "key:a") {
      const nowMs = clock.now();
      const minute = Math.floor(nowMs / 60_000);
      const day = new Date(nowMs).toISOString().slice(0, 10);
      const asked = [
        `limit/requests/${minute}/${scope}`,
        `limit/tokens/${minute}/${scope}`,
        `limit/usd-day/${day}/${scope}`,
        `limit/concurrent/${scope}`,
      ].map((counter) => ({ counter, amount: 0, max: 0 }));
      const { levels: [requests = NaN, tokens = NaN, nanoUsd = NaN, concurrent = NaN] } = await good.hold(
        `look-${looks++}`,
        asked,
        1,
      );
      return { requests, tokens, nanoUsd, concurrent };
    },
  };
}
