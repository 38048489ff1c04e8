/** The routing link: strategies, stickiness, and what is put last; by itself and in the chain of a Loom. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Attempting, Planned } from "../../src/contract/context.ts";
import type { MiddlewareBefore } from "../../src/contract/middleware.ts";
import type { Strategy } from "../../src/contract/strategy.ts";
import type { Target } from "../../src/contract/target.ts";
import { openRouting } from "../../src/client/open-routing.ts";
import type { RoutingOptions } from "../../src/client/routing-options.ts";
import { Router } from "../../src/index.ts";
import { wholeReply } from "../../src/kernel/index.ts";
import { breakerStage } from "../../src/middleware/breaker.ts";
import { failoverStage } from "../../src/middleware/failover.ts";
import { retryStage } from "../../src/middleware/retry.ts";
import type { Middleware, Plugin } from "../../src/plugin.ts";
import { CLOCK, definePlugin } from "../../src/plugin.ts";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.ts";
import { type FakeContextOptions, fakePlanned, fakeTarget } from "../../src/testing/fake-context.ts";
import { bareLoom, type BareOptions } from "../support/looms.ts";
import { finish, record, scripted, settle, text } from "../kernel/scripted.ts";
import { type Adapt, caught, fault, hello, run, steps } from "./chain.ts";

const targetsOf = (names: string): Partial<Target>[] =>
  names.split(" ").map((name) => ({ provider: "acme", model: name, upstreamModel: name }));

const reversed: Strategy = { order: (targets) => targets.toReversed() };

/** Calls that go one after the other through one set of routing links over a scripted adapter. */
async function bench(options: RoutingOptions, clock: FakeClock = fakeClock()) {
  const said: unknown[] = [];
  const breaker = breakerStage({ volumeThreshold: 2 }, { clock });
  const say = () => assert.fail("nothing else is logged");
  const parts = await openRouting(options, {
    clock,
    breaker,
    logger: { debug: say, info: say, warn: say, error: (...words) => void said.push(words) },
    makeStrategy: (given) => Promise.resolve(given as Strategy),
  });
  const stage = failoverStage(
    { clock, toResult: () => undefined, hedging: parts.hedging },
    parts.failover,
  );
  const [routing, cooldown] = parts.links;
  const links = [routing, stage, breaker, cooldown].filter((link) => link !== undefined) as Middleware[];
  return {
    clock,
    said,
    links,
    /** Runs a call; gives the models in the order in which they were asked. */
    async call(
      names: string,
      answer: (ctx: Attempting) => ReturnType<Adapt> | undefined = () => undefined,
      more: FakeContextOptions = {},
    ) {
      const ctx = fakePlanned({ clock, targets: targetsOf(names), ...more });
      const tried: string[] = [];
      const settled = await caught(run(ctx, links, (inner) => {
        tried.push(inner.target.model);
        return answer(inner) ?? hello;
      }));
      return { ctx, tried: tried.join(" "), ...settled };
    },
  };
}

const order = (ctx: Planned) => steps(ctx, "routing").map(([, detail]) => detail);

describe("the routing link", () => {
  it("tries the targets in the strategy's order, and says so", async () => {
    const { call } = await bench({ strategy: reversed });
    const { ctx, tried } = await call(
      "a b c",
      ({ target }) => target.model === "c" ? fault("overloaded") : undefined,
    );
    assert.equal(tried, "c b");
    assert.deepEqual(order(ctx), [{ strategy: "given in code", targets: ["acme/c", "acme/b", "acme/a"] }]);
  });

  it("rejects, and does not throw at those who wait, when a call cannot be read", async () => {
    const { links } = await bench({ strategy: reversed });
    const targets = targetsOf("a b").map((target) => ({ ...target, contextTokens: 1_000 }));
    const tools = [{ name: "t", description: "", parameters: { a: 1n as unknown as number } }];
    const ctx = fakePlanned({ targets, call: { tools } });
    const link = links[0] as MiddlewareBefore<"failover">;
    const coming = link.handle(ctx, () => assert.fail("nothing is sent"));
    await assert.rejects(coming, /BigInt/);
  });

  it("changes no call's key, so that cache and dedup know it whatever the order", async () => {
    const { call } = await bench({ strategy: reversed });
    const { ctx } = await call("a b");
    assert.equal(ctx.key, fakePlanned({ targets: targetsOf("a b") }).key);
  });

  it("leaves a single target, and a call with a validator, as they are", async () => {
    const { call } = await bench({ strategy: { order: () => assert.fail("nobody is to be asked") } });
    const alone = await call("a");
    assert.deepEqual([alone.tried, order(alone.ctx)], ["a", []]);
    const judged = await call("a b", () => undefined, { call: { accept: () => true } });
    assert.deepEqual([judged.tried, order(judged.ctx)], ["a", []]);
  });

  const broken: [string, (targets: readonly Target[]) => readonly Target[], string][] = [
    ["throws", () => {
      throw new TypeError("bug");
    }, "a b c"],
    ["forgets some", (targets) => targets.slice(1, 2), "b a c"],
    ["names one twice", ([a, b]) => [b as Target, b as Target, a as Target], "b a c"],
    ["invents one", (targets) => [{ ...targets[0] as Target, model: "z" }, ...targets.slice(1)], "b c a"],
  ];
  for (const [name, strange, expected] of broken) {
    it(`tries every target once when the strategy ${name}, and warns`, async () => {
      const { call, said } = await bench({ strategy: { order: strange } });
      const { ctx, tried, error } = await call("a b c", () => fault("overloaded"));
      assert.equal(tried, expected);
      assert.equal(error?.code, "all-failed");
      assert.deepEqual(ctx.ledger.receipt().warnings.map(({ code }) => code), ["strategy-failed"]);
      assert.equal(said.length, name === "throws" ? 1 : 0);
    });
  }

  it("tells the strategy of every attempt that ended, once, with its target", async () => {
    const told: string[] = [];
    const strategy: Strategy = {
      order: (targets) => targets,
      ended: ({ status }, { model }) => void told.push(`${model} ${status}`),
    };
    const { call } = await bench({ strategy });
    await call("a b", ({ target }) => target.model === "a" ? fault("overloaded") : undefined);
    assert.deepEqual(told.splice(0), ["a failed", "b ok"]);
    await call("a b", () => fault("invalid-request"));
    assert.deepEqual(told.splice(0), ["a failed"]);
    await call("a");
    assert.deepEqual(told.splice(0), ["a ok"], "also of calls that had no choice");
  });

  it("tells of each attempt once, also where a call goes through twice", async () => {
    const told: string[] = [];
    const strategy: Strategy = {
      order: (targets) => targets,
      ended: (_, { model }) => void told.push(model),
    };
    const { links, clock } = await bench({ strategy });
    const ctx = fakePlanned({ clock, targets: targetsOf("a b") });
    await run(ctx, links, () => hello);
    await run(ctx, links, () => hello);
    assert.deepEqual(told, ["a", "a"]);
  });

  it("tells of a stream when it has ended, and survives a strategy that cannot bear it", async () => {
    let heard = 0;
    const strategy: Strategy = {
      order: (targets) => targets,
      ended: () => {
        heard++;
        throw new Error("bug");
      },
    };
    const { said, clock } = await bench({ strategy });
    const source = scripted();
    const parts = await openRouting({ strategy, cooldown: false }, {
      clock,
      breaker: undefined,
      logger: {
        debug: assert.fail,
        info: assert.fail,
        warn: assert.fail,
        error: (...words) => void said.push(words),
      },
      makeStrategy: () => Promise.resolve(strategy),
    });
    const ctx = fakePlanned({ clock, targets: targetsOf("a b"), call: { stream: true } });
    const stage = failoverStage({ clock, toResult: () => undefined });
    const settled = run(ctx, [...parts.links, stage], () => source.reply);
    await settle();
    source.push(text("hi"));
    const reader = record(await settled);
    await settle();
    assert.equal(heard, 0);
    source.push(finish);
    source.end();
    await settle();
    assert.deepEqual([heard, said.length, reader.outcomes], [1, 1, [{ status: "ok" }]]);
  });
});

describe("targets that cannot serve now", () => {
  it("are put last while their circuit is open, and are not dropped", async () => {
    const { call, clock } = await bench({ strategy: { order: (targets) => targets }, cooldown: false });
    const aFails = ({ target }: Attempting) => target.model === "a" ? fault("overloaded") : undefined;
    for (let turn = 0; turn < 2; turn++) assert.equal((await call("a b", aFails)).tried, "a b");
    const { ctx, tried } = await call("a b");
    assert.equal(tried, "b");
    assert.deepEqual(order(ctx), [{
      strategy: "given in code",
      last: [{ target: "acme/a", reason: "circuit-open" }],
      targets: ["acme/b", "acme/a"],
    }]);
    await clock.advance(15_000);
    assert.equal((await call("a b")).tried, "a", "one call may see how it is");
  });

  it("are put last for as long as they asked to be left alone", async () => {
    const { call, clock } = await bench({ strategy: { order: (targets) => targets } });
    const busy = fault("rate-limited", { retryAfterMs: 30_000 });
    await call("a b", ({ target }) => target.model === "a" ? busy : undefined);
    await clock.advance(29_999);
    const waiting = await call("a b");
    assert.equal(waiting.tried, "b");
    assert.deepEqual(order(waiting.ctx).map((detail) => (detail as { last: unknown }).last), [
      [{ target: "acme/a", reason: "cooling-down" }],
    ]);
    await clock.advance(1);
    assert.equal((await call("a b")).tried, "a");
  });

  it("are tried all the same, in their order, when all of them cool down", async () => {
    const { call } = await bench({ strategy: { order: (targets) => targets } });
    const busy = fault("rate-limited", { retryAfterMs: 30_000 });
    assert.equal((await call("a b", () => busy)).tried, "a b");
    assert.equal((await call("a b")).tried, "a");
  });

  it("are not waited for in the call itself while another is free, and are while none is", async () => {
    const clock = fakeClock();
    const retry = retryStage({}, { clock, random: () => 0 });
    const asksFor = (retryAfterMs: number) => async (options: RoutingOptions, answersB: boolean) => {
      const { links } = await bench(options, clock);
      const ctx = fakePlanned({ clock, targets: targetsOf("a b"), deadlineMs: clock.monotonic() + 600_000 });
      const tried: string[] = [];
      const settled = caught(
        run(ctx, links.toSpliced(-1, 0, retry), ({ target }) => {
          tried.push(target.model);
          return target.model === "b" && answersB ? hello : fault("rate-limited", { retryAfterMs });
        }),
      );
      await clock.advance(600_000);
      await settled;
      return tried.join(" ");
    };
    const long = asksFor(30_000);
    assert.equal(await long({ cooldown: {} }, true), "a b");
    assert.equal(await long({ cooldown: {} }, false), "a b b b", "b is the last that is left");
    assert.equal(await long({ cooldown: {}, failover: { enabled: false } }, true), "a a a");
    assert.equal(await long({ cooldown: {}, failover: { retryCodes: [503] } }, true), "a a a");
    assert.equal(await asksFor(2_000)({ cooldown: {} }, true), "a a a b", "a moment is waited for");
  });

  const atOnce = [
    "auth-rejected",
    "permission-denied",
    "key-missing",
    "quota-exhausted",
    "model-not-found",
  ] as const;
  for (const code of atOnce) {
    it(`are put last at once when it is ${code}`, async () => {
      const { call, clock } = await bench({ cooldown: { cooldownMs: 1_000 } });
      await call("a b", ({ target }) => target.model === "a" ? fault(code) : undefined);
      assert.equal((await call("a b")).tried, "b");
      await clock.advance(1_000);
      assert.equal((await call("a b")).tried, "a");
    });
  }

  it("are put last after so many failures that are most of their calls, not after the first", async () => {
    const { call, clock } = await bench({ cooldown: { failures: 2, windowMs: 60_000, cooldownMs: 5_000 } });
    const fails = ({ target }: Attempting) => target.model === "a" ? fault("rate-limited") : undefined;
    await call("a b");
    assert.equal((await call("a b", fails)).tried, "a b");
    assert.equal((await call("a b", fails)).tried, "a b", "one failure of two calls");
    assert.equal((await call("a b", fails)).tried, "b", "two failures of three calls");
    await clock.advance(5_000);
    assert.equal((await call("a b")).tried, "a");
  });

  it("count what is within the window", async () => {
    const { call, clock } = await bench({ cooldown: { failures: 2, windowMs: 10_000, cooldownMs: 5_000 } });
    const fails = ({ target }: Attempting) => target.model === "a" ? fault("rate-limited") : undefined;
    await call("a b", fails);
    await clock.advance(20_000);
    await call("a b", fails);
    assert.equal((await call("a b")).tried, "a");
  });

  it("are not put last for what the caller did", async () => {
    const { call } = await bench({ cooldown: { failures: 1 } });
    for (const code of ["invalid-request", "content-filtered", "aborted"] as const) {
      for (let turn = 0; turn < 3; turn++) await call("a b", () => fault(code));
    }
    assert.equal((await call("a b")).tried, "a");
  });

  it("stay last when they answer a call that began before the trouble", async () => {
    const { call, clock } = await bench({ cooldown: {} });
    const early = Promise.withResolvers<void>();
    const head = { target: fakeTarget({ model: "a" }), origin: "vendor" } as const;
    const first = call("a b", () => early.promise.then(() => wholeReply(head, hello)));
    await clock.advance(10);
    await call(
      "a b",
      ({ target }) => target.model === "a" ? fault("rate-limited", { retryAfterMs: 30_000 }) : hello,
    );
    early.resolve();
    assert.equal((await first).tried, "a");
    assert.equal((await call("a b")).tried, "b");
  });

  it("come back when they answer a call that began after the trouble", async () => {
    const { call, clock } = await bench({ cooldown: {} });
    await call("a b", () => fault("rate-limited", { retryAfterMs: 30_000 }));
    await clock.advance(10);
    assert.equal((await call("b a")).tried, "b", "both cool down, so the first is tried");
    assert.equal((await call("a b")).tried, "b", "b has answered, a has not");
  });
});

describe("targets that a call is too large for", () => {
  const large = { messages: [{ role: "user", content: "word ".repeat(8_000) }] } as const;
  const sized = (sizes: readonly (number | undefined)[]) =>
    targetsOf("a b c").slice(0, sizes.length).map((target, index) => {
      const contextTokens = sizes[index];
      return contextTokens === undefined ? target : { ...target, contextTokens };
    });
  const keep: RoutingOptions = { strategy: { order: (targets) => targets } };

  const cases: [string, (number | undefined)[], object, string][] = [
    ["are put last", [8_000, 128_000], large, "b"],
    ["may have an unknown size, and then are taken to be large enough", [8_000, undefined], large, "b"],
    ["keep their place when nobody is larger", [8_000, 4_000], large, "a"],
    ["keep their place when the call fits", [8_000, 128_000], {}, "a"],
    ["are those, too, that have no room for the answer", [11_000, 128_000], {
      ...large,
      params: { max_tokens: 4_000 },
    }, "b"],
    ["are judged by tools as well", [2_000, 128_000], {
      tools: [{ name: "t", description: "x".repeat(9_000), parameters: {} }],
    }, "b"],
  ];
  for (const [name, sizes, change, expected] of cases) {
    it(name, async () => {
      const { call } = await bench(keep);
      const { params = {} } = change as { params?: object };
      const targets = sized(sizes).map((target) => ({ ...target, params: params as Target["params"] }));
      assert.equal((await call("", undefined, { call: change, targets })).tried, expected);
    });
  }

  it("stand behind those that are ailing, which may have recovered", async () => {
    const { call } = await bench(keep);
    const targets = sized([8_000, 128_000, 128_000]);
    await call("", ({ target }) => target.model === "b" ? fault("auth-rejected") : undefined, {
      targets: targets.slice(1),
    });
    const { ctx } = await call("", undefined, { call: large, targets });
    assert.deepEqual(order(ctx).map((detail) => (detail as { targets: unknown }).targets), [
      ["acme/c", "acme/b", "acme/a"],
    ]);
  });
});

describe("stickiness", () => {
  const robin = (): Strategy => {
    let turn = 0;
    return { order: (targets) => turn++ % 2 === 0 ? targets : targets.toReversed() };
  };
  const about = (content: string) => ({ call: { messages: [{ role: "user" as const, content }] } });

  it("sends a conversation to the target that served it last, and says so", async () => {
    const { call } = await bench({ strategy: robin(), sticky: {} });
    assert.equal((await call("a b", undefined, about("fox"))).tried, "a");
    const { ctx, tried } = await call("a b", undefined, about("fox"));
    assert.equal(tried, "a");
    assert.deepEqual(order(ctx), [{
      strategy: "given in code",
      sticky: true,
      targets: ["acme/a", "acme/b"],
    }]);
    assert.equal((await call("a b", undefined, about("owl"))).tried, "a");
    assert.equal((await call("a b", undefined, about("elk"))).tried, "b");
    assert.equal((await call("a b", undefined, about("elk"))).tried, "b");
  });

  it("follows the conversation when its target failed, and leaves an ailing one", async () => {
    const { call } = await bench({ sticky: {} });
    await call("a b", undefined, about("fox"));
    const busy = fault("rate-limited", { retryAfterMs: 60_000 });
    assert.equal(
      (await call("a b", ({ target }) => target.model === "a" ? busy : undefined, about("fox"))).tried,
      "a b",
    );
    assert.equal((await call("a b", undefined, about("fox"))).tried, "b");
  });

  it("remembers no target of a call that failed", async () => {
    const { call } = await bench({ strategy: robin(), sticky: {}, cooldown: false });
    await call("a b", () => fault("invalid-request"), about("fox"));
    assert.equal((await call("a b", undefined, about("fox"))).tried, "b");
  });
});

describe("routing of a Loom", () => {
  function provider(id: string, answer: () => void = () => {}): Plugin {
    return definePlugin({
      api: 1,
      kind: "provider",
      id,
      make: () => ({
        label: id,
        modalities: ["text"],
        models: "open",
        open: async () => {
          answer();
          return { parts: [{ type: "text", text: `from ${id}` }, { type: "finish", reason: "stop" }] };
        },
      }),
    }) as Plugin;
  }
  const router = new Router({ candidates: ["a/m", "b/m"] });
  const open = (options: BareOptions) => bareLoom({ plugins: [provider("a"), provider("b")], ...options });

  it("takes a strategy by name", async () => {
    await using loom = open({ routing: { strategy: { type: "round_robin" } } });
    const texts: string[] = [];
    for (let turn = 0; turn < 4; turn++) texts.push((await loom.route(router, { prompt: `${turn}` })).text);
    assert.deepEqual(texts, ["from a", "from b", "from a", "from b"]);
  });

  it("spends no turn on an answer that was known, and finds it whoever made it", async () => {
    await using loom = open({
      routing: { strategy: { type: "round_robin" } },
      cache: { type: "memory", maxSize: 10, ttl: 60 },
    });
    const texts: string[] = [];
    for (const prompt of ["x", "x", "x", "y", "x"]) {
      texts.push((await loom.route(router, { prompt })).text);
      await loom.flush();
    }
    assert.deepEqual(texts, ["from a", "from a", "from a", "from b", "from a"]);
  });

  it("gives the strategy the injected clock, and what became of every attempt", async () => {
    const clock = fakeClock();
    await using loom = open({
      provide: [[CLOCK, clock]],
      routing: { strategy: { type: "latency", explore: 0 } },
      retry: false,
      plugins: [
        provider("a", () => {
          throw fault("overloaded");
        }),
        provider("b"),
      ],
    });
    const first = await loom.route(router, { prompt: "1" });
    assert.deepEqual(first.router?.tried, ["a/m", "b/m"]);
    const second = await loom.route(router, { prompt: "2" });
    assert.deepEqual(second.router?.tried, ["b/m"]);
  });

  it("adds nothing to the chain unless it is asked for", async () => {
    const names = async (options: BareOptions) => {
      await using loom = open(options);
      return (await loom.engine()).order.map(({ name }) => name);
    };
    const plain = await names({});
    assert.deepEqual(await names({ routing: {} }), plain);
    assert.deepEqual(await names({ routing: { failover: { maxMoves: 1 } } }), plain);
    const routed = await names({ routing: { strategy: { type: "cost" } } });
    assert.deepEqual(routed.filter((name) => !plain.includes(name)), ["routing", "cooldown"]);
    assert.ok(routed.indexOf("dedup") < routed.indexOf("routing"));
    assert.ok(routed.indexOf("routing") < routed.indexOf("failover"));
    assert.ok(routed.indexOf("retry") < routed.indexOf("cooldown"));
  });

  const refused: [unknown, RegExp][] = [
    [{ strategy: "weighted" }, /routing\.strategy must be \{ type: "…", … \}/],
    [{ strategy: {} }, /routing\.strategy must be/],
    [{ stratgy: {} }, /routing\.stratgy is not known; options are strategy, failover/],
    [{ failover: { retries: 2 } }, /routing\.failover\.retries is not known; options are enabled/],
    [{ failover: { enabled: "yes" } }, /routing\.failover\.enabled must be true or false/],
    [{ failover: { retryCodes: 429 } }, /routing\.failover\.retryCodes must be a list/],
    [{ failover: { retryCodes: [429, 200] } }, /routing\.failover\.retryCodes\[1\] must be an HTTP status/],
    [{ sticky: true }, /routing\.sticky must be an object/],
    [{ sticky: { by: "team" } }, /routing\.sticky\.by must be "conversation" or "user"/],
    [{ cooldown: { ms: 1 } }, /routing\.cooldown\.ms is not known/],
    [{ hedge: { afterMs: "p99" } }, /routing\.hedge\.afterMs must be milliseconds or "p95"/],
    [{ hedge: { maxExtra: 2 } }, /routing\.hedge\.maxExtra must be 1/],
    [{ hedge: {}, failover: { enabled: false } }, /routing\.hedge needs a second target/],
    [{ contentPolicyFallback: 1 }, /routing\.contentPolicyFallback must be true or false/],
    [[], /routing must be a plain object/],
  ];
  for (const [routing, what] of refused) {
    it(`refuses ${JSON.stringify(routing)} at once`, () => {
      assert.throws(() => open({ routing: routing as RoutingOptions }), what);
    });
  }

  const refusedLater: [RoutingOptions, RegExp][] = [
    [{ strategy: { type: "wieghted" } }, /wieghted/],
    [
      { strategy: { type: "weighted", providers: { a: { weight: -1 } } } },
      /routing\.strategy\.providers\.a\.weight/,
    ],
    [{ cooldown: { failures: 0 } }, /routing\.cooldown\.failures must be a whole number of 1 or more/],
    [{ failover: { maxMoves: -1 } }, /routing\.failover\.maxMoves/],
  ];
  for (const [routing, what] of refusedLater) {
    it(`refuses ${JSON.stringify(routing)} when it opens`, async () => {
      await using loom = open({ routing });
      await assert.rejects(loom.open(), what);
    });
  }
});
