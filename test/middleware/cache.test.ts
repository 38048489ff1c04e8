/** The cache stage: hits that cost nothing, only whole answers stored, and a cache whose faults touch no call. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Accept, Call } from "../../src/contract/call.ts";
import type { Part } from "../../src/contract/part.ts";
import type { Cache, CachedAnswer } from "../../src/contract/storage.ts";
import type { Reply } from "../../src/contract/reply.ts";
import { LoomError } from "../../src/errors/index.ts";
import { abortedError, collect, replay, streamedReply } from "../../src/kernel/index.ts";
import { cacheStage, type CacheStageOptions } from "../../src/middleware/cache.ts";
import { dedupStage } from "../../src/middleware/dedup.ts";
import { failoverStage } from "../../src/middleware/failover.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { fakeCancellation, type FakeContextOptions, fakePlanned } from "../../src/testing/fake-context.ts";
import { finish, record, scripted, settle, text } from "../kernel/scripted.ts";
import { type Adapt, caught, fault, listening, run, steps } from "./chain.ts";

const usage = {
  inputTokens: 3,
  outputTokens: 4,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  totalTokens: 7,
};
const priced: readonly Part[] = [text("hel"), text("lo"), { type: "usage", usage }, finish];

class MemoryCache implements Cache {
  readonly shared = false;
  readonly entries = new Map<string, CachedAnswer>();
  gets = 0;
  sets = 0;
  get(key: string): CachedAnswer | undefined {
    this.gets++;
    return this.entries.get(key);
  }
  set(key: string, answer: CachedAnswer): void | Promise<void> {
    this.sets++;
    this.entries.set(key, answer);
  }
  delete(key: string): void {
    this.entries.delete(key);
  }
  clear(): void {
    this.entries.clear();
  }
  /** What is stored, when it is one answer. */
  get only(): CachedAnswer | undefined {
    return [...this.entries.values()][0];
  }
}

function make<C extends Cache>(cache: C, options: CacheStageOptions = {}) {
  const clock = fakeClock();
  const toResult = (_: unknown, parts: readonly Part[]) =>
    parts.map((part) => part.type === "text" ? part.text : "").join("");
  const stage = cacheStage(options, {
    cache,
    clock,
    price: (_, target, { totalTokens }) => target.provider === "acme" ? totalTokens * 10 : null,
    toResult,
  });
  const links = [stage, failoverStage({ clock, toResult })];
  const { events, heard } = listening("cache-hit", "cache-error");
  let asked = 0;
  const call = (
    adapt: Adapt = () => priced,
    change: Partial<Call> = {},
    context: FakeContextOptions = {},
  ) => {
    const ctx = fakePlanned({ clock, events, call: change, ...context });
    const settled = caught(run(ctx, links, (inner) => (asked++, adapt(inner))));
    return { ctx, settled };
  };
  const ask = async (adapt?: Adapt, change?: Partial<Call>, context?: FakeContextOptions) => {
    const { ctx, settled } = call(adapt, change, context);
    const { value, error } = await settled;
    const parts = value === undefined ? [] : await collect(value);
    return { ctx, reply: value, error, parts };
  };
  return { clock, stage, cache, heard, call, ask, asked: () => asked };
}

describe("cache", () => {
  it("stores a whole answer and gives it to the next who asks", async () => {
    const { ask, asked, clock, stage, heard, cache } = make(new MemoryCache());
    const first = await ask(undefined, {}, { id: "call-1" });
    assert.equal(first.reply?.origin, "vendor");
    assert.equal(first.ctx.ledger.cache, "miss");
    assert.equal(first.ctx.ledger.savedNanoUsd, undefined);
    assert.deepEqual(steps(first.ctx, "cache"), [["miss", undefined]]);
    await stage.idle();
    await clock.advance(1_500);
    const second = await ask();
    assert.equal(asked(), 1);
    assert.equal(second.reply?.origin, "cache");
    assert.equal(second.reply?.target, second.ctx.plan.targets[0]);
    assert.deepEqual(second.reply?.parts, [text("hello"), finish, { type: "usage", usage }]);
    assert.equal(second.ctx.ledger.cache, "hit");
    assert.equal(second.ctx.ledger.savedNanoUsd, 70);
    assert.deepEqual(steps(second.ctx, "cache"), [
      ["hit", { madeBy: "call-1", ageMs: 1_500, savedNanoUsd: 70 }],
    ]);
    const [key] = cache.entries.keys();
    assert.match(key ?? "", /^loom1:[0-9a-f]{64}$/);
    assert.deepEqual(heard, [["cache-hit", { key }]]);
    assert.deepEqual(cache.only?.target, {
      provider: "acme",
      modality: "text",
      model: "m1",
      upstreamModel: "m1-2026",
    });
  });

  it("gives a stored answer as a stream to who streams, and a streamed one whole to who does not", async () => {
    for (const stream of [true, false]) {
      const { ask, stage } = make(new MemoryCache());
      await ask(undefined, { stream });
      await stage.idle();
      const { reply, parts } = await ask(undefined, { stream: !stream });
      assert.equal(reply?.origin, "cache");
      assert.equal(reply?.parts === undefined, !stream);
      assert.deepEqual(parts, [text("hello"), finish, { type: "usage", usage }]);
    }
  });

  it("takes no turn of the event loop for a synchronous hit", async () => {
    const { ask, stage, call } = make(new MemoryCache());
    await ask();
    await stage.idle();
    let settled = false;
    void call().settled.then(() => settled = true);
    for (let turn = 0; turn < 10; turn++) await undefined;
    assert.equal(settled, true);
  });

  it("neither reads nor writes when the call may not", async () => {
    const { ask, cache, stage } = make(new MemoryCache());
    const { ctx, parts } = await ask(undefined, { useCache: false });
    await stage.idle();
    assert.deepEqual(parts, priced);
    assert.deepEqual([cache.gets, cache.sets, ctx.ledger.cache], [0, 0, "off"]);
    assert.deepEqual(steps(ctx, "cache"), []);
  });

  it("never shares an answer between tenants", async () => {
    const { ask, stage, asked } = make(new MemoryCache());
    await ask(undefined, { tenant: "a" });
    await stage.idle();
    await ask(undefined, { tenant: "b" });
    await ask();
    assert.equal(asked(), 3);
  });

  it("gives an answer from another target of the plan that target, and one from none its own", async () => {
    const { ask, stage, cache } = make(new MemoryCache());
    const targets = [{ provider: "acme" }, { provider: "other", upstreamModel: "o1" }];
    const adapt: Adapt = (ctx) => ctx.target.provider === "acme" ? fault("quota-exhausted") : priced;
    await ask(adapt, {}, { targets });
    await stage.idle();
    const second = await ask(adapt, {}, { targets });
    assert.equal(second.reply?.target, second.ctx.plan.targets[1]);
    assert.equal(second.ctx.ledger.savedNanoUsd, null, "its price was unknown");
    const [key] = cache.entries.keys();
    const stored = cache.only;
    assert.ok(stored && key);
    cache.set(key, { ...stored, target: { ...stored.target, provider: "gone" } });
    assert.deepEqual((await ask(adapt, {}, { targets })).reply?.target, {
      provider: "gone",
      modality: "text",
      model: "m1",
      upstreamModel: "o1",
      params: {},
    });
  });

  it("finds an answer that is still being written", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    class Slow extends MemoryCache {
      override set(): Promise<void> {
        return promise;
      }
    }
    const { ask, asked, stage } = make(new Slow());
    await ask();
    const { reply } = await ask();
    assert.equal(reply?.origin, "cache");
    assert.equal(asked(), 1);
    let idle = false;
    const waiting = stage.close().then(() => idle = true);
    await settle();
    assert.equal(idle, false);
    resolve();
    await waiting;
    await ask();
    assert.equal(asked(), 2, "what this cache lost is asked for again");
  });

  it("writes after the reply was handed on", async () => {
    const { call, cache } = make(new MemoryCache());
    const source = scripted();
    const { settled } = call(() => source.reply, { stream: true });
    await settle();
    source.push(text("hi"));
    const { value } = await settled;
    assert.ok(value);
    const setsAtEnd: number[] = [];
    value.flow({ parts: () => {}, end: () => void setsAtEnd.push(cache.sets) });
    await settle();
    source.push(finish);
    source.end();
    assert.deepEqual(setsAtEnd, [0]);
    await settle();
    assert.equal(cache.sets, 1);
  });

  describe("stores", () => {
    const stored: readonly [string, readonly Part[], readonly Part[], Partial<Call>?][] = [
      [
        "texts joined, by kind and choice",
        [
          { type: "reasoning", text: "h" },
          { type: "reasoning", text: "m" },
          text("a"),
          { type: "text", text: "x", choice: 1 },
          text("b"),
          { type: "text", text: "y", choice: 1 },
          finish,
          { type: "finish", reason: "stop", choice: 1 },
        ],
        [
          { type: "reasoning", text: "hm" },
          text("ab"),
          { type: "text", text: "xy", choice: 1 },
          finish,
          { type: "finish", reason: "stop", choice: 1 },
        ],
      ],
      [
        "signed thinking in its blocks",
        [
          { type: "reasoning", text: "one" },
          { type: "reasoning", text: "", signature: "s1" },
          { type: "reasoning", text: "two", signature: "s2" },
          text("a"),
          finish,
        ],
        [
          { type: "reasoning", text: "one", signature: "s1" },
          { type: "reasoning", text: "two", signature: "s2" },
          text("a"),
          finish,
        ],
      ],
      [
        "no vendor data, and the last usage only",
        [
          { type: "response", id: "r1" },
          { type: "raw", value: { a: 1 } },
          { type: "usage", usage: { ...usage, totalTokens: 1 } },
          text("a"),
          { type: "warning", code: "param-dropped", message: "m" },
          { type: "usage", usage },
          finish,
        ],
        [
          { type: "response", id: "r1" },
          text("a"),
          { type: "warning", code: "param-dropped", message: "m" },
          finish,
          { type: "usage", usage },
        ],
      ],
      [
        "vectors, which have no finish",
        [{ type: "embedding", index: 0, vector: [1, 2] }],
        [{ type: "embedding", index: 0, vector: [1, 2] }],
        { modality: "embedding" },
      ],
      [
        "a picture that came as bytes",
        [{ type: "image", mimeType: "image/png", dataB64: "AAAA" }],
        [{ type: "image", mimeType: "image/png", dataB64: "AAAA" }],
        { modality: "image" },
      ],
    ];
    for (const [name, given, expected, change] of stored) {
      for (const stream of [false, true]) {
        it(`${name}, ${stream ? "streamed part by part" : "whole"}`, async () => {
          const { ask, stage, cache } = make(new MemoryCache());
          const head = { target: fakePlanned().plan.targets[0], origin: "vendor" } as const;
          const adapt: Adapt = () => stream ? oneByOne(given, head.target) : given;
          assert.deepEqual((await ask(adapt, { stream, ...change })).parts, given);
          await stage.idle();
          assert.deepEqual(cache.only?.parts, expected);
        });
      }
    }
  });

  describe("does not store", () => {
    const call: Part = { type: "tool-call", index: 0, id: "c", name: "f", arguments: "{}" };
    const notStored: readonly [string, readonly Part[], string, Partial<Call>?][] = [
      ["an answer that was cut off", [text("a"), { type: "finish", reason: "length" }], "finish: length"],
      [
        "a filtered answer",
        [text("a"), { type: "finish", reason: "content-filter" }],
        "finish: content-filter",
      ],
      [
        "an answer that ended for unknown reasons",
        [text("a"), { type: "finish", reason: "other" }],
        "finish: other",
      ],
      [
        "an answer of which one alternative was cut off",
        [text("a"), finish, { type: "text", text: "b", choice: 1 }, {
          type: "finish",
          reason: "length",
          choice: 1,
        }],
        "finish: length",
      ],
      [
        "an answer of which one alternative has no end",
        [text("a"), { type: "text", text: "b", choice: 1 }, finish],
        "finish missing",
      ],
      ["an answer without an end", [text("a")], "finish missing"],
      ["a tool call", [call, { type: "finish", reason: "tool-calls" }], "tool call"],
      ["a tool call even when the vendor says stop", [call, finish], "tool call"],
      ["a refusal", [{ type: "refusal", text: "no" }, finish], "refusal"],
      ["an empty answer", [finish], "empty"],
      ["an empty text", [text(""), finish], "empty"],
      [
        "an answer to a truncated question",
        [{ type: "warning", code: "input-truncated", message: "m" }, text("a"), finish],
        "warning: input-truncated",
      ],
      ["a link that will be dead soon", [{ type: "image", url: "https://x.test/1.png" }], "link", {
        modality: "image",
      }],
      ["what is larger than allowed", [text("x".repeat(2_000)), finish], "too large"],
    ];
    for (const [name, given, reason, change] of notStored) {
      for (const stream of [false, true]) {
        it(`${name}, ${stream ? "streamed" : "whole"}`, async () => {
          const { ask, stage, cache } = make(new MemoryCache(), { maxEntryBytes: 1_000 });
          const { ctx, parts } = await ask(() => given, { stream, ...change });
          await stage.idle();
          assert.deepEqual(parts, given);
          assert.equal(cache.sets, 0);
          assert.deepEqual(steps(ctx, "cache"), [["miss", undefined], ["not-stored", { reason }]]);
        });
      }
    }

    it("an error", async () => {
      const { ask, cache, stage } = make(new MemoryCache());
      assert.equal((await ask(() => fault("overloaded"))).error?.code, "overloaded");
      await stage.idle();
      assert.equal(cache.sets, 0);
    });

    for (const how of ["breaks", "is left"] as const) {
      it(`a stream that ${how} half-way`, async () => {
        const { call, cache, stage } = make(new MemoryCache());
        const source = scripted();
        const { settled } = call(() => source.reply, { stream: true });
        await settle();
        source.push(text("hi"), finish);
        const { value } = await settled;
        assert.ok(value);
        const reader = record(value);
        await settle();
        if (how === "is left") reader.flow.cancel(abortedError());
        else source.end({ status: "failed", error: fault("stream-broken", {}, { partsSeen: 1 }) });
        await stage.idle();
        assert.equal(cache.sets, 0);
      });
    }

    it("the same answer again for calls that joined another's", async () => {
      const cache = new MemoryCache();
      const clock = fakeClock();
      const toResult = () => undefined;
      const stage = cacheStage({}, { cache, clock, price: () => 0, toResult });
      const links = [stage, dedupStage(), failoverStage({ clock, toResult })];
      await Promise.all([1, 2, 3].map(() => run(fakePlanned({ clock }), links, () => priced)));
      await stage.idle();
      assert.equal(cache.sets, 1);
    });
  });

  describe("goes on without the cache", () => {
    const down = new Error("cache is down");
    const faulty: readonly [string, Partial<Cache>][] = [
      ["throws", {
        get: () => {
          throw down;
        },
      }],
      ["rejects", { get: () => Promise.reject(down) }],
    ];
    for (const [name, methods] of faulty) {
      it(`when it ${name} at get`, async () => {
        const { ask, heard } = make(Object.assign(new MemoryCache(), methods));
        const { ctx, parts } = await ask();
        assert.deepEqual(parts, priced);
        assert.equal(ctx.ledger.cache, "miss");
        assert.deepEqual(heard, [["cache-error", { operation: "get", error: down }]]);
        assert.deepEqual(steps(ctx, "cache"), [
          ["error", { operation: "get", message: "cache is down" }],
          ["miss", undefined],
        ]);
      });
    }

    it("when it does not answer in time, and takes its timer back when it does", async () => {
      const { promise, resolve, reject } = Promise.withResolvers<CachedAnswer | undefined>();
      const cache = Object.assign(new MemoryCache(), { get: () => promise });
      const { call, clock, heard } = make(cache as MemoryCache, { timeoutMs: 100 });
      const slow = call();
      await clock.advance(99);
      assert.equal(heard.length, 0);
      await clock.advance(1);
      assert.deepEqual((await slow.settled).value?.parts, priced);
      assert.match(String(heard[0]?.[1] && "error" in heard[0][1] && heard[0][1].error), /within 100 ms/);
      const quick = call(undefined, { prompt: "other" });
      await settle();
      resolve(undefined);
      reject(down);
      assert.ok((await quick.settled).value);
      await settle();
      assert.equal(clock.pending, 0);
    });

    for (
      const [name, set] of [["throws", () => {
        throw down;
      }], ["rejects", () => Promise.reject(down)]] as const
    ) {
      it(`when it ${name} at set`, async () => {
        const { ask, heard, stage, asked } = make(Object.assign(new MemoryCache(), { set }));
        await ask();
        await stage.idle();
        assert.deepEqual(heard, [["cache-error", { operation: "set", error: down }]]);
        await ask();
        assert.equal(asked(), 2);
      });
    }

    it("when a write never ends: it is given up, so that closing ends", async () => {
      const set = () => new Promise<void>(() => {});
      const { ask, heard, stage, clock } = make(Object.assign(new MemoryCache(), { set }));
      await ask();
      const closed = stage.close();
      await clock.advance(10_000);
      await closed;
      assert.equal(heard[0]?.[0], "cache-error");
      assert.equal(clock.pending, 0);
    });

    it("when writes pile up: beyond a thousand none is begun", async () => {
      const set = () => new Promise<void>(() => {});
      const { ask, heard, clock } = make(Object.assign(new MemoryCache(), { set }));
      for (let index = 0; index < 1_002; index++) await ask(undefined, { prompt: `p${index}` });
      assert.equal(heard.length, 2);
      await clock.advance(10_000);
    });

    const rubbish: readonly unknown[] = ["text", 7, {}, { parts: [] }, { parts: [1], target: {} }, {
      parts: [text("a")],
    }];
    for (const value of rubbish) {
      it(`when it holds ${JSON.stringify(value)}`, async () => {
        const { ask, heard } = make(Object.assign(new MemoryCache(), { get: () => value as CachedAnswer }));
        assert.deepEqual((await ask()).parts, priced);
        assert.equal(heard.length, 1);
      });
    }

    it("when the price list throws: the answer is stored with an unknown price", async () => {
      const cache = new MemoryCache();
      const clock = fakeClock();
      const toResult = () => undefined;
      const price = () => {
        throw new Error("no list");
      };
      const stage = cacheStage({}, { cache, clock, price, toResult });
      await run(fakePlanned({ clock }), [stage, failoverStage({ clock, toResult })], () => priced);
      await stage.idle();
      assert.equal(cache.only?.nanoUsd, null);
    });
  });

  it("stops waiting for the cache when the call is cancelled", async () => {
    const cache = Object.assign(new MemoryCache(), { get: () => new Promise<undefined>(() => {}) });
    const { call, clock, asked } = make(cache);
    const cancellation = fakeCancellation();
    const { settled } = call(undefined, {}, { cancellation });
    await settle();
    const reason = abortedError();
    cancellation.cancel(reason);
    assert.equal((await settled).error, reason);
    assert.equal(asked(), 0);
    assert.equal(clock.pending, 0);
  });

  it("lets a call's validator judge stored answers too", async () => {
    const { ask, stage, asked } = make(new MemoryCache());
    await ask();
    await stage.idle();
    const strict = ((result: string) => result === "hello" || "not hello") as unknown as Accept;
    const taken = await ask(undefined, { accept: strict });
    assert.equal(taken.reply?.origin, "cache");
    const picky = ((result: string) => result !== "hello" || "hello again") as unknown as Accept;
    const other = await ask(() => [text("bye"), finish], { accept: picky });
    assert.equal(other.reply?.origin, "vendor");
    assert.equal(asked(), 2);
    assert.deepEqual(steps(other.ctx, "cache").slice(0, 2), [
      ["reject", { reason: "hello again" }],
      ["miss", undefined],
    ]);
  });

  for (
    const [options, path] of [[{ timeoutMs: 0 }, "cache.timeoutMs"], [
      { maxEntryBytes: -1 },
      "cache.maxEntryBytes",
    ]] as const
  ) {
    it(`refuses ${JSON.stringify(options)} and names ${path}`, () => {
      assert.throws(
        () => make(new MemoryCache(), options),
        (error) => LoomError.is(error, "config-invalid") && error.data.path === path,
      );
    });
  }
});

/** A stream that delivers each part in a batch of its own. */
function oneByOne(parts: readonly Part[], target: Reply["target"]): Reply {
  return streamedReply({ target, origin: "vendor" }, (receiver) => {
    queueMicrotask(() => {
      for (const part of parts) receiver.parts([part]);
      receiver.end({ status: "ok" });
    });
    return replay({ target, origin: "vendor" }, []).flow({ parts: () => {}, end: () => {} });
  });
}
