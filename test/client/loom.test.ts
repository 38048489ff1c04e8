/** Loom: its life from the first call to `close`, what can be put in its place, and what it tells listeners. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type CallRecord, type Json, Loom, type LoomOptions, type Middleware } from "../../src/index.ts";
import { CLOCK, defineMiddleware, definePlugin, KEYS, RANDOM } from "../../src/plugin.ts";
import { behave, fakeClock, fakeSecret, type FakeVendor, startFakeVendor } from "../../src/testing.ts";
import { failureOf } from "../support/failure.ts";
import { bareLoom } from "../support/looms.ts";
import { until } from "../support/server.ts";

const small = { provider: "sandbox", model: "sandbox-small" } as const;

/** A call that the sandbox treats in a certain way. */
function sandbox(prompt: string, treatment: Readonly<Record<string, Json>> = {}) {
  return { ...small, prompt, params: { sandbox: treatment } };
}

/** A middleware that remembers what it saw and whether it was closed. */
function watcher(name: string): Middleware & { readonly seen: string[]; closed: number } {
  const seen: string[] = [];
  return {
    ...defineMiddleware({
      name,
      stage: "cost",
      async handle(ctx, next) {
        seen.push(ctx.call.messages.at(-1)?.content as string);
        return await next();
      },
    }),
    seen,
    closed: 0,
    close() {
      this.closed++;
    },
  };
}

describe("opening", () => {
  it("happens with the first call, once for all who come first", async () => {
    let made = 0;
    const plugin = definePlugin({
      api: 1,
      kind: "sink",
      id: "counted",
      make() {
        made++;
        return { write() {} };
      },
    });
    await using loom = bareLoom({ plugins: [plugin], sinks: [{ type: "counted" }] });
    assert.equal(made, 0, "construction makes nothing");
    await Promise.all(["a", "b", "c"].map((prompt) => loom.generate(sandbox(prompt))));
    assert.equal(made, 1);
    assert.equal(await loom.open(), loom);
    assert.equal(made, 1);
  });

  it("that failed may be tried again, and left nothing open", async () => {
    const folder = await mkdtemp(join(tmpdir(), "loom-open-"));
    const file = join(folder, "late.yaml");
    let closed = 0;
    const sink = definePlugin({
      api: 1,
      kind: "sink",
      id: "opened-before",
      make: () => ({ write() {}, close: () => void closed++ }),
    });
    try {
      await using loom = bareLoom({
        plugins: [sink],
        sinks: [{ type: "opened-before" }],
        cache: { type: "memory", maxSize: "many" },
      } as LoomOptions);
      await failureOf(loom.generate(sandbox("too early")), "config-invalid");
      assert.equal(closed, 1, "the sink that was made is closed again");

      await using second = bareLoom({ plugins: [file] });
      const error = await failureOf(second.generate(sandbox("too early")), "plugin-invalid");
      assert.match(error.message, /late\.yaml/);
      await writeFile(
        file,
        "label: Late\ndialect: openai-chat\nbaseUrl: http://127.0.0.1:9/v1\nauth: { type: none }\nsources: []\n",
      );
      assert.equal((await second.generate(sandbox("now"))).kind, "text");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("fails streams as it fails whole calls", async () => {
    await using loom = bareLoom({ localCurrency: "EUR" });
    const answer = loom.stream(sandbox("hi"));
    await failureOf(answer.result, "config-invalid");
    await failureOf(
      (async () => {
        for await (const _ of answer);
      })(),
      "config-invalid",
    );
  });

  it("fromEnv is a Loom like any other", async () => {
    await using loom = Loom.fromEnv({ pluginFolder: false });
    assert.ok(loom instanceof Loom);
    assert.equal((await loom.generate(sandbox("hi"))).provider, "sandbox");
  });
});

describe("closing", () => {
  it("ends running calls with `closed`, whole ones and streams", async () => {
    const loom = bareLoom();
    const whole = loom.generate(sandbox("whole", { fault: { latencyMs: 60_000 } }));
    const waiting = loom.generate(sandbox("waiting", { fault: { status: 429, retryAfterMs: 50_000 } }));
    const answer = loom.stream(sandbox("streamed", { delayMs: 5_000 }));
    const begun = answer[Symbol.asyncIterator]().next();
    const failures = Promise.all([whole, waiting, answer.result].map((one) => failureOf(one, "closed")));
    await loom.open();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await loom.close();
    await failures;
    await begun.catch(() => {});
  });

  it("ends a call that is only just opening the Loom", async () => {
    const loom = bareLoom();
    const call = failureOf(loom.generate(sandbox("early")), "closed");
    await loom.close();
    await call;
  });

  it("refuses later calls, and may be done twice", async () => {
    for (const opened of [true, false]) {
      const loom = bareLoom();
      if (opened) await loom.open();
      await Promise.all([loom.close(), loom.close()]);
      await loom.close();
      await failureOf(loom.generate(sandbox("late")), "closed");
      await failureOf(loom.stream(sandbox("late")).result, "closed");
      await failureOf(loom.open(), "closed");
      await failureOf(loom.explain(sandbox("late")), "closed");
    }
  });

  it("comes with `await using`, and closes what was made and added, each once", async () => {
    const closed: string[] = [];
    const made = (kind: "sink" | "middleware", id: string) =>
      definePlugin({
        api: 1,
        kind,
        id,
        make: () => ({ ...watcher(id), write() {}, close: () => void closed.push(id) }) as never,
      });
    const added = watcher("added");
    {
      await using loom = bareLoom({
        plugins: [made("sink", "paper"), made("middleware", "given")],
        sinks: [{ type: "paper" }],
        middleware: [{ ...watcher("in-options"), close: () => void closed.push("in-options") }],
      });
      loom.use(added);
      await loom.generate(sandbox("hi"));
      assert.deepEqual(closed, []);
    }
    assert.deepEqual(closed.sort(), ["given", "in-options", "paper"]);
    assert.equal(added.closed, 1);
  });

  it("closes a middleware that was named in the options once", async () => {
    let closed = 0;
    const plugin = definePlugin({
      api: 1,
      kind: "middleware",
      id: "named",
      make: () => ({ ...watcher("named"), close: () => void closed++ }),
    });
    // Not in `plugins`, where it would stand in the chain by itself.
    const folder = await mkdtemp(join(tmpdir(), "loom-named-"));
    try {
      Object.assign(globalThis, { loomTestPlugin: plugin });
      const { mkdir } = await import("node:fs/promises");
      await mkdir(join(folder, "middleware"));
      await writeFile(join(folder, "middleware", "named.mjs"), "export default globalThis.loomTestPlugin;");
      const loom = bareLoom({ pluginFolder: folder, middleware: [{ type: "named" }] });
      const { order } = await loom.engine();
      assert.ok(order.some(({ name }) => name === "named"));
      await loom.close();
      assert.equal(closed, 1);
    } finally {
      Reflect.deleteProperty(globalThis, "loomTestPlugin");
      await rm(folder, { recursive: true });
    }
  });

  it("writes what is pending first", async () => {
    const steps: string[] = [];
    const sink = definePlugin({
      api: 1,
      kind: "sink",
      id: "slow",
      make: () => ({
        write: () => void steps.push("write"),
        async flush() {
          await Promise.resolve();
          steps.push("flush");
        },
        close: () => void steps.push("close"),
      }),
    });
    const loom = bareLoom({ plugins: [sink], sinks: [{ type: "slow" }] });
    await loom.generate(sandbox("hi"));
    await loom.close();
    assert.deepEqual(steps, ["write", "flush", "close"]);
  });

  it("says what would not close, and closes the rest", async () => {
    const loom = bareLoom();
    const added = watcher("good");
    loom.use(added).use({
      ...watcher("bad"),
      close() {
        throw new Error("stuck");
      },
    });
    await loom.open();
    await assert.rejects(loom.close(), (error: unknown) => {
      assert.ok(error instanceof AggregateError);
      assert.match(String(error.errors[0]), /stuck/);
      return true;
    });
    assert.equal(added.closed, 1);
  });
});

describe("several Looms", () => {
  it("share nothing but what they are given", async () => {
    await using one = bareLoom({ cache: { type: "memory" } });
    await using two = bareLoom({ cache: { type: "memory" }, localCurrency: "EUR", localToUsd: 1.25 });
    const events: string[] = [];
    one.on("call-end", () => events.push("one"));
    two.use(watcher("only-two"));
    await one.generate(sandbox("same"));
    await one.flush();
    const result = await two.generate(sandbox("same"));
    assert.equal(result.trace.cache, "miss");
    assert.equal(result.cost.localCurrency, "EUR");
    assert.ok(result.cost.usd !== null && result.cost.local !== null);
    assert.ok(Math.abs(result.cost.local * 1.25 - result.cost.usd) < 1e-12, "1 EUR is 1.25 USD");
    assert.deepEqual(events, ["one"]);
    assert.ok((await two.engine()).order.some(({ name }) => name === "only-two"));
    assert.ok(!(await one.engine()).order.some(({ name }) => name === "only-two"));
    await one.close();
    assert.equal((await two.generate(sandbox("same"))).trace.cache, "hit");
  });
});

describe("use()", () => {
  it("adds to the chain before and after opening; calls under way keep theirs", async () => {
    await using loom = bareLoom();
    const [early, late] = [watcher("early"), watcher("late")];
    loom.use(early);
    await loom.generate(sandbox("first"));
    const answer = loom.stream(sandbox("second", { delayMs: 1 }));
    await answer[Symbol.asyncIterator]().next();
    assert.equal(loom.use(late), loom);
    await answer.result;
    await loom.generate(sandbox("third"));
    assert.deepEqual(early.seen, ["first", "second", "third"]);
    assert.deepEqual(late.seen, ["third"]);
  });

  for (const opened of [true, false]) {
    const when = opened ? "an opened Loom" : "a Loom that is not open yet";
    it(`refuses what is no middleware at once, on ${when}, and goes on without it`, async () => {
      await using loom = bareLoom();
      if (opened) await loom.open();
      const wrong: readonly (readonly [unknown, RegExp])[] = [
        [{}, /needs a name/],
        [{ name: "x", stage: "cash", handle() {} }, /unknown stage "cash"; stages are telemetry/],
        [{ name: "x", stage: "cache" }, /needs a function handle/],
      ];
      for (const [one, says] of wrong) {
        const error = await failureOf(() => loom.use(one as Middleware), "plugin-invalid");
        assert.match(error.message, says);
      }
      loom.use(watcher("twin"));
      await failureOf(() => loom.use(watcher("twin")), "plugin-invalid");
      assert.equal((await loom.generate(sandbox("still fine"))).kind, "text");
    });
  }
});

describe("provide", () => {
  it("puts another clock in: a wait of a minute takes no time", async () => {
    const clock = fakeClock();
    await using loom = bareLoom({ provide: [[CLOCK, clock], [RANDOM, () => 0.5]] });
    await loom.open();
    const fault = { status: 429, retryAfterMs: 50_000, attempts: 1 };
    const running = loom.generate(sandbox("patience", { fault }));
    await until("the call waits", () => clock.pending >= 2);
    await clock.advance(50_000);
    const { trace } = await running;
    assert.ok(trace.latencyMs >= 50_000, `${trace.latencyMs} ms by the fake clock`);
    assert.equal(trace.startedAtMs, 1_767_225_600_000);
    assert.equal(clock.pending, 0, "no timer is left");
  });

  it("puts other keys in", async () => {
    const vendor = await startFakeVendor();
    const asked: string[] = [];
    const keys = {
      find(names: readonly string[]) {
        asked.push(...names);
        return fakeSecret("sk-from-elsewhere");
      },
      origin: () => "code" as const,
      reject: () => false,
    };
    await using loom = bareLoom({ provide: [[KEYS, keys]], providers: { openai: { baseUrl: vendor.url } } });
    await loom.generate({ provider: "openai", model: "gpt-4o-mini", prompt: "hi" });
    assert.deepEqual(asked, ["OPENAI_API_KEY"]);
    assert.equal(vendor.requests[0]?.headers["authorization"], "Bearer sk-from-elsewhere");
    await vendor.close();
  });
});

describe("events", () => {
  it("tell a call's story in order, with its id", async () => {
    await using loom = bareLoom({ cache: { type: "memory" }, retry: { baseDelayMs: 1 } });
    const story: string[] = [];
    const ids = new Set<string>();
    const note = (what: string, callId: string) => {
      story.push(what);
      ids.add(callId);
    };
    loom.on("call-start", ({ call }, id) => note(`start ${call.modality}`, id));
    loom.on(
      "attempt-start",
      ({ provider, model, attempt }, id) => note(`try ${provider}/${model} ${attempt}`, id),
    );
    loom.on("attempt-end", ({ status }, id) => note(status, id));
    loom.on("retry", ({ error, waitMs }, id) => note(`wait ${waitMs} for ${error.code}`, id));
    loom.on("call-end", ({ status }, id) => note(`end ${status}`, id));
    loom.on("cache-hit", (_, id) => note("hit", id));
    const fault = { status: 429, retryAfterMs: 1, attempts: 1 };
    await loom.generate(sandbox("a story", { fault }));
    const first = "sandbox/sandbox-small";
    assert.deepEqual(story, [
      "start text",
      `try ${first} 1`,
      "failed",
      "wait 1 for rate-limited",
      `try ${first} 2`,
      "ok",
      "end ok",
    ]);
    assert.equal(ids.size, 1);
    story.length = 0;
    await loom.generate(sandbox("a story", { fault }));
    assert.deepEqual(story, ["start text", "hit", "end ok"]);
    assert.equal(ids.size, 2);
  });

  it("end with the call for streams too, and for those who leave them", async () => {
    await using loom = bareLoom();
    const ends: CallRecord[] = [];
    const stop = loom.on("call-end", (record) => ends.push(record));
    await loom.stream(sandbox("to the end")).result;
    for await (const _ of loom.stream(sandbox("left", { delayMs: 2 }))) break;
    await until("the second call ended", () => ends.length === 2);
    assert.deepEqual(ends.map(({ status, stream }) => [status, stream]), [["ok", true], ["cancelled", true]]);
    assert.equal(ends[1]?.errorCode, "aborted");
    stop();
    await loom.generate(sandbox("unheard"));
    assert.equal(ends.length, 2);
  });

  it("reach sinks as records without prompt or answer; a sink that throws harms no call", async () => {
    const records: CallRecord[] = [];
    const dropped: string[] = [];
    await using loom = bareLoom({
      sinks: [{
        write() {
          throw new Error("paper jam");
        },
      }, { write: (record) => void records.push(record) }],
    });
    loom.on("sink-error", ({ sink, error }) => dropped.push(`${sink}: ${(error as Error).message}`));
    const request = { ...sandbox("my secret prompt"), user: "u", team: "t", tags: ["x"], tenant: "n" };
    const result = await loom.generate(request);
    const [record] = records;
    assert.ok(record !== undefined && records.length === 1);
    assert.deepEqual([record.user, record.team, record.tags, record.tenant], ["u", "t", ["x"], "n"]);
    assert.equal(record.costUsd, result.cost.usd);
    assert.deepEqual(record.usage, result.usage);
    assert.deepEqual(dropped, ["given in code: paper jam"]);
    assert.ok(
      !JSON.stringify(record).includes("secret prompt") && !JSON.stringify(record).includes(result.text),
    );
  });

  it("of a breaker tell that a target is left alone", async () => {
    const clock = fakeClock();
    await using loom = bareLoom({
      retry: false,
      provide: [[CLOCK, clock]],
      breaker: { volumeThreshold: 2, resetMs: 1000 },
    });
    const states: string[] = [];
    loom.on("breaker-change", ({ provider, model, state }) => states.push(`${provider}/${model} ${state}`));
    const broken = { fault: { status: 500 } };
    for (const prompt of ["1", "2"]) {
      await failureOf(loom.generate(sandbox(prompt, broken)), "provider-failed");
    }
    const error = await failureOf(loom.generate(sandbox("3", broken)), "breaker-open");
    assert.equal(error.trace?.attempts.length, 0, "nothing was sent");
    await clock.advance(1000);
    assert.equal((await loom.generate(sandbox("4"))).kind, "text");
    assert.deepEqual(states.map((one) => one.split(" ")[1]), ["open", "half-open", "closed"]);
  });
});

describe("time and signals", () => {
  it("a total deadline covers attempts and waits", async () => {
    const clock = fakeClock();
    await using loom = bareLoom({ provide: [[CLOCK, clock]], timeouts: { totalMs: 10_000 } });
    await loom.open();
    for (const [timeoutMs, expectedMs] of [[undefined, 10_000], [3_000, 3_000]] as const) {
      const beganMs = clock.monotonic();
      const running = failureOf(
        loom.generate({
          ...sandbox(`slow ${expectedMs}`, { fault: { latencyMs: 60_000 } }),
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
        }),
        "timed-out",
      );
      await clock.advance(expectedMs - 1);
      await clock.advance(1);
      const error = await running;
      assert.deepEqual(error.data, { phase: "total", afterMs: expectedMs });
      assert.equal(error.trace?.latencyMs, clock.monotonic() - beganMs);
      assert.equal(clock.pending, 0);
    }
  });

  it("a retry that would come too late is not waited for", async () => {
    await using loom = bareLoom({ timeouts: { totalMs: 1_000 } });
    const beganMs = performance.now();
    const error = await failureOf(
      loom.generate(sandbox("later", { fault: { status: 429, retryAfterMs: 5_000 } })),
      "rate-limited",
    );
    assert.ok(performance.now() - beganMs < 900);
    assert.ok(
      error.trace?.steps.some(({ what, detail }) =>
        what === "give-up" && (detail as { reason: string }).reason === "deadline"
      ),
    );
  });

  it("a signal that has aborted already sends nothing", async () => {
    await using loom = bareLoom();
    const attempts: unknown[] = [];
    loom.on("attempt-start", (attempt) => attempts.push(attempt));
    const signal = AbortSignal.abort(new Error("changed my mind"));
    const error = await failureOf(loom.generate({ ...sandbox("never"), signal }), "aborted");
    assert.match(String((error.cause as Error | undefined)?.message ?? error.message), /changed my mind/);
    await failureOf(loom.stream({ ...sandbox("never"), signal }).result, "aborted");
    assert.deepEqual(attempts, []);
  });

  it("an abort ends a wait between attempts, and takes its listener off the signal", async () => {
    await using loom = bareLoom();
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    Object.assign(signal, {
      addEventListener: (...given: Parameters<typeof add>) => (listeners++, add(...given)),
      removeEventListener: (...given: Parameters<typeof remove>) => (listeners--, remove(...given)),
    });
    await loom.generate({ ...sandbox("done"), signal });
    assert.equal(listeners, 0, "a call that ended lets go of the signal");
    loom.on("retry", () => controller.abort());
    const fault = { status: 429, retryAfterMs: 50_000 };
    const error = await failureOf(loom.generate({ ...sandbox("waiting", { fault }), signal }), "aborted");
    assert.equal(error.trace?.attempts.length, 1);
  });
});

describe("money", () => {
  it("maxCostUsd refuses what may cost more, before anything is sent", async () => {
    await using loom = bareLoom();
    const error = await failureOf(
      loom.generate({ ...sandbox("a long story"), maxCostUsd: 0.000001 }),
      "budget-exceeded",
    );
    assert.equal(error.trace?.attempts.length, 0);
    assert.equal(error.data.limitUsd, 0.000001);
    assert.ok((error.data.estimateUsd ?? 0) > 0.000001);
    const cheap = await loom.generate({
      ...sandbox("a short one"),
      params: { max_tokens: 5 },
      maxCostUsd: 0.001,
    });
    assert.ok((cheap.cost.usd ?? 1) <= 0.001);
  });

  it("maxCostUsd refuses what has no known price", async () => {
    await using loom = bareLoom();
    const request = { provider: "sandbox", model: "nobody-knows", prompt: "hi" };
    const error = await failureOf(loom.generate({ ...request, maxCostUsd: 5 }), "budget-exceeded");
    assert.equal(error.data.estimateUsd, null);
    const result = await loom.generate(request);
    assert.deepEqual([result.cost.usd, result.cost.local], [null, null], "unknown is null, never 0");
    assert.ok(result.warnings.some(({ code }) => code === "price-unknown"));
  });

  it("is shown in the local currency, rupees by default", async () => {
    await using loom = bareLoom();
    const { cost } = await loom.generate(sandbox("hi"));
    assert.equal(cost.localCurrency, "INR");
    assert.ok(cost.usd !== null && cost.local !== null && cost.usd > 0);
    assert.ok(Math.abs(cost.local * 0.012 - cost.usd) < 1e-12);
  });
});

describe("tenants", () => {
  it("share neither stored answers nor calls in flight", async () => {
    await using loom = bareLoom({ cache: { type: "memory" } });
    let attempts = 0;
    loom.on("attempt-start", () => attempts++);
    const tenants = ["a", "a", "b", undefined];
    const ask = () =>
      Promise.all(
        tenants.map((tenant) =>
          loom.generate({ ...sandbox("shared?"), ...(tenant === undefined ? {} : { tenant }) })
        ),
      );
    const first = await ask();
    assert.equal(attempts, 3, "one for a, one for b, one for nobody");
    assert.equal(first.filter(({ trace }) => trace.deduplicated).length, 1);
    const again = await ask();
    assert.equal(attempts, 3);
    assert.ok(again.every(({ trace }) => trace.cache === "hit"));
    await loom.generate({ ...sandbox("shared?"), tenant: "c" });
    assert.equal(attempts, 4);
  });

  it("users, teams and tags do not keep answers apart", async () => {
    await using loom = bareLoom({ cache: { type: "memory" } });
    await loom.generate({ ...sandbox("public"), user: "alice", team: "x", tags: ["1"] });
    const { trace } = await loom.generate({ ...sandbox("public"), user: "bob", team: "y" });
    assert.equal(trace.cache, "hit");
  });
});

describe("results", () => {
  let vendor: FakeVendor;
  let loom: Loom;
  before(async () => {
    vendor = await startFakeVendor();
    loom = bareLoom({ providers: { openai: { baseUrl: vendor.url, apiKey: "sk-test" } } });
  });
  after(async () => {
    await loom.close();
    await vendor.close();
  });

  it("of several alternatives hold them all", async () => {
    const choice = (index: number, content: string) => ({
      index,
      message: { role: "assistant", content },
      finish_reason: index === 0 ? "stop" : "length",
    });
    vendor.script(behave.status(200, {
      choices: [choice(1, "Two"), choice(0, "One")],
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    }));
    const result = await loom.generate({
      provider: "openai",
      model: "gpt-4o-mini",
      prompt: "Two, please.",
      params: { n: 2 },
    });
    assert.deepEqual([result.text, result.finishReason], ["One", "stop"]);
    assert.deepEqual(result.choices?.map(({ text, finishReason }) => [text, finishReason]), [
      ["One", "stop"],
      ["Two", "length"],
    ]);
    assert.equal((vendor.requests.at(-1)?.body as { n: number }).n, 2);
  });

  it("of embeddings keep the order of the input", async () => {
    const result = await loom.generate({
      provider: "openai",
      modality: "embedding",
      model: "text-embedding-3-small",
      input: ["a", "b", "c"],
    });
    assert.equal(result.kind, "embedding");
    assert.deepEqual(result.embeddings.map(([, , index]) => index), [0, 1, 2]);
    assert.equal(result.usage.inputTokens, 3);
    assert.equal(result.cost.usd, 60 / 1e9, "3 tokens at 0.02 USD per million");
  });

  const age = { type: "object", properties: { age: { type: "integer" } }, required: ["age"] };

  it("that do not fit a schema are refused, with what came", async () => {
    vendor.script(behave.text("About forty."));
    const error = await failureOf(
      loom.generate({ provider: "openai", model: "gpt-4o-mini", prompt: "How old?", output: age }),
      "output-invalid",
    );
    assert.equal(error.data.text, "About forty.");
    assert.ok((error.trace?.cost?.usd ?? 0) > 0, "it was paid for");
  });

  it("are mended once when that is asked for, and both answers are billed", async () => {
    vendor.script(behave.text('{"age":"forty"}'), behave.text('{"age":40}'));
    const sent = vendor.requests.length;
    const result = await loom.generate({
      provider: "openai",
      model: "gpt-4o-mini",
      prompt: "How old, mended?",
      output: { schema: age, name: "age", repair: true },
    });
    assert.deepEqual(result.output, { age: 40 });
    assert.equal(vendor.requests.length, sent + 2);
    const shown = JSON.stringify(vendor.requests.at(-1)?.body);
    assert.match(shown, /forty/, "the model sees what it wrote");
    assert.equal(result.trace.attempts.length, 2);
    assert.ok(result.trace.attempts.every(({ bill }) => (bill?.nanoUsd ?? 0) > 0));
  });
});
