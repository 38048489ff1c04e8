/** Guards at the answer: nothing matched leaves, however it is split; parts keep their order; each stream ends once. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Finding, Guard } from "../../src/contract/guard.ts";
import type { Part } from "../../src/contract/part.ts";
import { LoomError } from "../../src/errors/index.ts";
import { abortedError, wholeReply } from "../../src/kernel/index.ts";
import { fakeCancellation } from "../../src/testing/fake-context.ts";
import secretsPlugin from "../../plugins/guards/secrets/index.ts";
import { finish, record, scripted, settle, text } from "../kernel/scripted.ts";
import { finds, guarded, keys, mails, rule, said, verdicts } from "./guard-setup.ts";

const secret = "KEY-12345678";
const redacting = rule(keys, { action: "redact", input: false });
const blocking = rule(keys, { input: false });

/** Every way to cut a text in two, and one letter at a time. */
function splits(whole: string): string[][] {
  const inTwo = Array.from(whole, (_, at) => [whole.slice(0, at), whole.slice(at)]);
  return [...inTwo, [...whole]];
}

describe("a secret split across chunks at every letter", () => {
  const around = `it is ${secret}, and some more text that comes behind it`;
  for (const type of ["text", "reasoning", "refusal", "transcript"] as const) {
    it(`is cut out of ${type}`, async () => {
      for (const pieces of splits(around)) {
        const { ask } = guarded([redacting]);
        const { parts, ctx } = await ask(
          { stream: true },
          () => [...pieces.map((one) => ({ type, text: one })), finish],
        );
        const out = parts.map((part) => "text" in part ? part.text : "").join("");
        assert.equal(out, "it is [REDACTED_KEY], and some more text that comes behind it", pieces.join("|"));
        assert.deepEqual(verdicts(ctx), [["redact", {
          guard: "g",
          side: "output",
          kinds: ["KEY"],
          count: 1,
        }]]);
      }
    });

    it(`blocks ${type} before any of it is out`, async () => {
      for (const pieces of splits(around)) {
        const { ask } = guarded([blocking]);
        const { parts, error, ctx } = await ask(
          { stream: true },
          () => [...pieces.map((one) => ({ type, text: one })), finish],
        );
        assert.ok(LoomError.is(error, "guard-blocked"), pieces.join("|"));
        assert.deepEqual(error.data, { guard: "g", side: "output", kinds: ["KEY"] });
        assert.equal(parts.some((part) => "text" in part && /K|1234/.test(part.text)), false);
        assert.equal(verdicts(ctx).length, 1);
      }
    });
  }

  it("is cut out of the arguments of a tool call, in pieces and as a whole", async () => {
    const args = `{"key":"${secret}","more":"a text that is long enough"}`;
    for (const pieces of splits(args)) {
      const { ask } = guarded([redacting]);
      const { parts, ctx } = await ask({ stream: true }, () => [
        { type: "tool-call-start", index: 0, id: "1", name: "f" },
        ...pieces.map((one) => ({ type: "tool-call-delta" as const, index: 0, text: one })),
        { type: "tool-call", index: 0, id: "1", name: "f", arguments: args },
        finish,
      ]);
      const streamed = parts.map((part) => part.type === "tool-call-delta" ? part.text : "").join("");
      assert.equal(streamed, args.replace(secret, "[REDACTED_KEY]"));
      const whole = parts.find((part) => part.type === "tool-call");
      assert.equal(whole?.arguments, streamed);
      assert.deepEqual(parts.at(-1), finish);
      assert.deepEqual(verdicts(ctx).map(([, detail]) => (detail as { count: number }).count), [1]);
    }
  });

  it("with the guard that ships", async () => {
    const guard = await secretsPlugin.make(() => undefined as never, {
      minScore: 0.6,
      ignore: [],
      allow: [],
    });
    const body = Array.from({ length: 24 }, (_, row) => `${row}`.padStart(2, "0").repeat(32)).join("\n");
    const pem = `-----BEGIN RSA PRIVATE KEY-----\n${body}\n-----END RSA PRIVATE KEY-----`;
    const samples = [`AKIA${"Q3EGRTX7LMNP5VWZ"}`, `ghp_${"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"}`, pem];
    for (const sample of samples) {
      const around = `the key is ${sample}\n${"and then a lot of words follow. ".repeat(20)}`;
      const step = sample.length > 100 ? 97 : 1;
      for (let at = 0; at < around.length; at += step) {
        const { ask } = guarded([rule(guard, { action: "redact", input: false })]);
        const { text: out } = await ask(
          { stream: true },
          () => [text(around.slice(0, at)), text(around.slice(at)), finish],
        );
        assert.equal(out.includes(sample.slice(-12)), false, `split at ${at}: ${out.slice(0, 80)}`);
        assert.ok(out.startsWith("the key is [REDACTED_"), out.slice(0, 40));
        assert.ok(out.endsWith("words follow. "));
      }
      const { ask } = guarded([rule(guard, { action: "redact", input: false })]);
      const { text: out } = await ask({ stream: true }, () => [...[...around].map(text), finish]);
      assert.match(out, /^the key is \[REDACTED_[A-Z_]+\]\s*and then a lot/);
    }
  });
});

describe("parts", () => {
  const answers: Part[] = [
    { type: "response", id: "r1" },
    { type: "reasoning", text: "let me think about it for quite a while" },
    { type: "reasoning", text: "", signature: "sig" },
    text("first "),
    { type: "citation", citation: { url: "https://a.test" } },
    text("second and a little more"),
    { type: "tool-call-start", index: 0, id: "1", name: "f" },
    { type: "tool-call-delta", index: 0, text: "{}" },
    { type: "tool-call", index: 0, id: "1", name: "f", arguments: "{}" },
    { type: "finish", reason: "tool-calls" },
    {
      type: "usage",
      usage: {
        inputTokens: 1,
        outputTokens: 1,
        cachedTokens: 0,
        cacheWriteTokens: 0,
        reasoningTokens: 0,
        totalTokens: 2,
      },
    },
  ];

  it("keep their order, and nothing is lost or added", async () => {
    const wild = fc.array(
      fc.oneof(
        fc.constantFrom(...answers.filter(({ type }) => type !== "finish")),
        fc.record({
          type: fc.constantFrom("text", "reasoning"),
          text: fc.string({ maxLength: 20 }),
          choice: fc.nat(2),
        }) as fc.Arbitrary<Part>,
      ),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(wild, fc.boolean(), async (parts, stream) => {
        const { ask } = guarded([redacting, rule(mails, { action: "redact", output: false })]);
        const { parts: out } = await ask({ stream }, () => [...parts, finish]);
        for (const choice of [0, 1, 2]) {
          assert.deepEqual(joined(out, choice), joined([...parts, finish], choice));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("what only begins like a placeholder stays where it was", async () => {
    const { ask } = guarded([rule(mails, { action: "redact", output: false })]);
    const parts: Part[] = [
      { type: "reasoning", text: "so [EMAIL" },
      text("see ["),
      { type: "tool-call-delta", index: 0, text: '{"a":["' },
      { type: "tool-call", index: 0, id: "1", name: "f", arguments: '{"a":["[EMAIL_1]"]}' },
      text("[EMAIL_1"),
      text("] and [EMAIL_1"),
    ];
    const { parts: out } = await ask({ ...said("i am a@b.cc"), stream: true }, () => [...parts, finish]);
    assert.deepEqual(joined(out, 0), [
      ...parts.slice(0, 3),
      { ...parts[3], arguments: '{"a":["a@b.cc"]}' },
      text("a@b.cc and [EMAIL_1"),
      finish,
    ]);
  });

  it("a signature stays with its block, and goes when the block was changed", async () => {
    const { ask } = guarded([redacting]);
    const { parts } = await ask({ stream: true }, () => answers);
    assert.deepEqual(joined(parts, 0), joined(answers, 0));
    const { parts: changed } = await guarded([redacting]).ask({ stream: true }, () => [
      { type: "reasoning", text: secret },
      { type: "reasoning", text: "", signature: "sig" },
      finish,
    ]);
    assert.deepEqual(changed, [{ type: "reasoning", text: "[REDACTED_KEY]" }, finish]);
  });

  it("citations and blocks of the vendor are judged, too", async () => {
    const { parts } = await guarded([redacting]).ask({ stream: true }, () => [
      { type: "citation", citation: { text: `x ${secret}`, url: "https://a.test", raw: { text: secret } } },
      { type: "native", value: { result: secret } },
      { type: "native", value: { result: "fine" } },
      { type: "raw", value: { logprobs: ["KEY", "-1234"] } },
      finish,
    ]);
    assert.deepEqual(parts, [
      { type: "citation", citation: { text: "x [REDACTED_KEY]", url: "https://a.test" } },
      { type: "native", value: { result: "fine" } },
      finish,
    ]);
  });

  it("citations lose their places in a text that was changed", async () => {
    const citation = { url: "https://a.test", start: 1, end: 2, raw: { start_index: 1 } };
    const cited = async (answer: string, stream: boolean, asked = "hi") => {
      const rules = [redacting, rule(mails, { action: "redact", output: false })];
      const { parts } = await guarded(rules).ask(
        { ...said(asked), stream },
        () => [text(answer), { type: "citation", citation }, finish],
      );
      const found = parts.find((part) => part.type === "citation");
      return found?.citation;
    };
    for (const stream of [false, true]) {
      assert.deepEqual(await cited("fine", stream), citation);
      assert.deepEqual(await cited(secret, stream), { url: "https://a.test" });
      assert.deepEqual(await cited("fine", stream, "i am a@b.cc"), { url: "https://a.test" });
    }
  });

  it("no character is cut in half", async () => {
    const answer = "ab😀cd🤖ef😀😀gh".repeat(8);
    for (let from = 0; from < 6; from++) {
      const pieces = [answer.slice(0, from), ...answer.slice(from).match(/.{1,3}/gsu) ?? []].filter((one) =>
        one.isWellFormed()
      );
      const { parts, text: out } = await guarded([redacting]).ask(
        { stream: true },
        () => [...pieces.map(text), finish],
      );
      assert.equal(out, pieces.join(""));
      assert.ok(parts.every((part) => part.type !== "text" || part.text.isWellFormed()));
    }
  });

  it("the vendor's own words of a whole answer go when something was cut out", async () => {
    const raw: Part = { type: "raw", value: { content: secret } };
    const cut = await guarded([redacting]).ask({}, () => [text(secret), finish, raw]);
    assert.deepEqual(cut.parts, [text("[REDACTED_KEY]"), finish]);
    const clean = await guarded([redacting]).ask({}, () => [text("hi"), finish, { type: "raw", value: {} }]);
    assert.equal(clean.parts.length, 3);
  });

  it("a text that has stopped does not hold the others for good", async () => {
    const source = scripted();
    const { begin } = guarded([redacting]);
    const { settled } = begin({ stream: true }, () => source.reply);
    await settle();
    source.push(text("short"));
    const reading = record((await settled).value ?? assert.fail());
    await settle();
    source.push({ type: "tool-call-start", index: 0, id: "1", name: "f" });
    assert.deepEqual(reading.parts, []);
    source.push(text(""), { type: "tool-call-delta", index: 0, text: "x".repeat(1_000) });
    source.push(text(""), { type: "tool-call-delta", index: 0, text: "x".repeat(1_000) });
    assert.deepEqual([...new Set(reading.parts.map(({ type }) => type))], [
      "text",
      "tool-call-start",
      "tool-call-delta",
    ]);
    source.end();
    assert.equal(reading.outcomes.length, 1);
  });

  it("a word that goes on is not the word that is looked for", async () => {
    const words: Guard = { output: finds(/\bass\b/, "WORD"), windowChars: 16 };
    const { ask } = guarded([rule(words)]);
    const said = ["it is a long way until the ass", "essment is done, and well"];
    const { text: out } = await ask({ stream: true }, () => [...said.map(text), finish]);
    assert.equal(out, said.join(""));
  });

  it("the end of a word is not a word, wherever the text is cut", async () => {
    const words: Guard = { output: finds(/\bass\b/, "WORD"), windowChars: 8 };
    for (const action of ["flag", "block"] as const) {
      const { ask } = guarded([rule(words, { action })]);
      const { error, ctx } = await ask(
        { stream: true },
        () => [...[..."class mass ".repeat(40)].map(text), finish],
      );
      assert.deepEqual([error, verdicts(ctx)], [undefined, []]);
    }
  });

  it("what has ended is not held until the others have", async () => {
    const source = scripted();
    const { begin } = guarded([redacting]);
    const { settled } = begin({ stream: true }, () => source.reply);
    await settle();
    source.push(text("one"));
    const reading = record((await settled).value ?? assert.fail());
    await settle();
    const call: Part = { type: "tool-call", index: 0, id: "1", name: "f", arguments: "{}", choice: 1 };
    source.push({ type: "tool-call-delta", index: 0, text: "{}", choice: 1 }, call);
    assert.deepEqual(reading.parts.map(({ type }) => type), ["tool-call-delta", "tool-call"]);
    source.push(finish);
    assert.deepEqual(reading.parts.slice(2), [text("one"), finish]);
    source.end();
  });
});

describe("the vendor's own words", () => {
  const words = { dialect: "openai-chat", body: new Uint8Array(1) };
  const cases: readonly [string, Partial<Parameters<typeof rule>[1]> & object, boolean][] = [
    ["stay while only requests are judged", { output: false }, true],
    ["go with a guard of the answer", { input: false }, false],
  ];
  for (const [what, change, stay] of cases) {
    it(what, async () => {
      const { ask } = guarded([rule(keys, change)]);
      const { reply } = await ask(
        {},
        ({ target }) => wholeReply({ target, origin: "vendor" }, [text("hi"), finish], words),
      );
      assert.equal(reply?.verbatim !== undefined, stay);
    });
  }
});

describe("how a stream ends", () => {
  function streaming(rules = [blocking]) {
    const source = scripted();
    const cancellation = fakeCancellation();
    const { begin, clock } = guarded(rules);
    const { ctx, settled } = begin({ stream: true }, () => source.reply, { cancellation });
    return {
      source,
      clock,
      ctx,
      cancellation,
      read: async (...first: Part[]) => {
        await settle();
        source.push(...first);
        const { value } = await settled;
        const reading = record(value ?? assert.fail());
        await settle();
        return reading;
      },
    };
  }

  it("a block lets go of the vendor, and comes after what was fine", async () => {
    const { source, read, ctx } = streaming();
    const reading = await read(text("this is quite fine, so it may leave. "));
    assert.equal("this is quite fine, so it may leave. ".startsWith(reading.text), true);
    source.push(text(`but ${secret} is not, whatever follows it here`));
    assert.deepEqual(source.asked, ["cancel"]);
    assert.equal(reading.text.includes("KEY"), false);
    // It is no fault of the vendor's.
    assert.deepEqual(ctx.ledger.attempts.map(({ status }) => status), ["cancelled"]);
    assert.deepEqual(reading.outcomes.map((one) => [one.status, "error" in one && one.error.code]), [[
      "failed",
      "guard-blocked",
    ]]);
  });

  it("a source that goes on after a block is not heard, and not waited for", async () => {
    const source = scripted({ obeysCancel: false });
    const { begin, clock } = guarded([blocking]);
    const { settled } = begin({ stream: true }, () => source.reply);
    await settle();
    source.push(text(`${secret} and more than fits the window`));
    const reading = record((await settled).value ?? assert.fail());
    await settle();
    source.push(text("still here"));
    assert.deepEqual(reading.outcomes, []);
    await clock.advance(1_000);
    source.end();
    assert.deepEqual(reading.outcomes.map(({ status }) => status), ["failed"]);
    assert.equal(reading.text, "");
  });

  it("what is held of an answer that broke stays inside", async () => {
    const { source, read } = streaming();
    const reading = await read(text("a KEY-1234"));
    source.end({ status: "failed", error: abortedError() });
    assert.equal(reading.text, "");
    assert.deepEqual(reading.outcomes.map(({ status }) => status), ["failed"]);
  });

  for (const onUnavailable of ["open", "closed"] as const) {
    it(`a guard that breaks half-way is ${onUnavailable}`, async () => {
      const broken: Guard = {
        output: (given) => {
          if (given.includes("!")) throw new TypeError(given);
          return [];
        },
        windowChars: 4,
      };
      const { source, read, ctx } = streaming([rule(broken, { onUnavailable })]);
      const reading = await read(text("fine so far, "));
      source.push(text("but now! and more"), text(" and more"));
      source.end();
      const open = onUnavailable === "open";
      assert.equal(reading.text, open ? "fine so far, but now! and more and more" : "fine so f");
      assert.deepEqual(reading.outcomes.map(({ status }) => status), [open ? "ok" : "failed"]);
      assert.deepEqual(verdicts(ctx).map(([what]) => what), ["unavailable"]);
    });
  }

  it("the receipt says how long the first part was held", async () => {
    const { source, read, clock, ctx } = streaming();
    const reading = await read(text("12345"));
    await clock.advance(7);
    source.push(text("6789012345"));
    assert.equal(reading.text, "123");
    const held = ctx.ledger.receipt().steps.find(({ what }) => what === "held");
    assert.deepEqual(held?.detail, { ms: 7, chars: 12 });
  });

  it("guards that only note make nothing wait longer, and find what is longer all the same", async () => {
    const long = { output: finds(/LONG-[0-9]{20}/, "LONG"), windowChars: 400 };
    const { source, read, ctx } = streaming([blocking, rule(long, { name: "long", action: "flag" })]);
    const reading = await read(text("a LONG-12345"), text("678901234567890, and"), text(" more of it"));
    assert.equal(reading.text.length, "a LONG-12345678901234567890, and more of it".length - 12);
    source.push(finish);
    source.end();
    assert.deepEqual(verdicts(ctx), [["flag", { guard: "long", side: "output", kinds: ["LONG"], count: 1 }]]);
  });

  it("guards that only note hold nothing back", async () => {
    const { source, read, ctx } = streaming([rule(keys, { action: "flag", input: false })]);
    const reading = await read(text(secret));
    assert.equal(reading.text, secret);
    source.push(finish);
    source.end();
    assert.deepEqual(verdicts(ctx), [["flag", { guard: "g", side: "output", kinds: ["KEY"], count: 1 }]]);
    assert.deepEqual(ctx.ledger.warnings.map(({ code }) => code), ["guard-flagged"]);
  });
});

describe("guards of the whole answer", () => {
  const cut: readonly Finding[] = [{ start: 1, end: 3, kind: "MID", score: 1 }];

  it("hold a stream back until it has ended, and the receipt says so", async () => {
    const source = scripted();
    let verdict: (found: readonly Finding[]) => void = () => {};
    const { begin, clock } = guarded([
      rule({ whole: () => new Promise((resolve) => verdict = resolve) }, { action: "redact" }),
    ]);
    const { ctx, settled } = begin({ stream: true }, () => source.reply);
    await settle();
    source.push(text("ab"), text("cd"), finish);
    const reading = record((await settled).value ?? assert.fail());
    await settle();
    source.end();
    await clock.advance(5);
    assert.deepEqual([reading.parts, reading.outcomes], [[], []]);
    verdict(cut);
    await settle();
    assert.deepEqual(reading.parts, [text("a[REDACTED_MID]d"), finish]);
    assert.deepEqual(reading.outcomes, [{ status: "ok" }]);
    assert.deepEqual(ctx.ledger.receipt().steps.find(({ what }) => what === "held")?.detail, {
      ms: 5,
      until: "end",
    });
  });

  const endings: readonly [string, (of: { cancel(): void; leave(): void; late(): void }) => void, string][] =
    [
      ["the call's cancellation", ({ cancel }) => cancel(), "cancelled"],
      ["a reader who leaves", ({ leave }) => leave(), "cancelled"],
      ["the guard's budget", ({ late }) => late(), "failed"],
    ];
  for (const [what, end, status] of endings) {
    it(`a stream that waits for its verdict ends with ${what}, once`, async () => {
      const source = scripted();
      const cancellation = fakeCancellation();
      let verdict: (found: readonly Finding[]) => void = () => {};
      const { begin, clock } = guarded([rule({ whole: () => new Promise((resolve) => verdict = resolve) })]);
      const { settled } = begin({ stream: true }, () => source.reply, { cancellation });
      await settle();
      source.push(text("abcd"));
      const reading = record((await settled).value ?? assert.fail());
      await settle();
      source.end();
      await end({
        cancel: () => cancellation.cancel(),
        leave: () => reading.flow.cancel(abortedError()),
        late: () => clock.advance(50),
      });
      await settle();
      verdict([]);
      await settle();
      assert.deepEqual(reading.parts, []);
      assert.deepEqual(reading.outcomes.map((one) => one.status), [status]);
    });
  }

  it("judge whole answers, each alternative by itself", async () => {
    const seen: string[] = [];
    const guard: Guard = {
      whole: (
        given,
      ) => (seen.push(given), given === "bad" ? [{ ...cut[0], start: 0, end: 3 } as Finding] : []),
    };
    const { ask } = guarded([rule(guard)]);
    const { error, reply } = await ask(
      {},
      () => [text("good"), { type: "text", text: "bad", choice: 1 }, finish],
    );
    assert.ok(LoomError.is(error, "guard-blocked"));
    assert.equal(reply, undefined);
    assert.deepEqual(seen, ["good", "bad"]);
  });

  it("take the vendor's own words away with what they cut out", async () => {
    const raw: Part = { type: "raw", value: { content: "abcd" } };
    const { ask } = guarded([rule({ whole: () => cut }, { action: "redact" })]);
    const { parts } = await ask({}, () => [text("ab"), text("cd"), finish, raw]);
    assert.deepEqual(parts, [text("a[REDACTED_MID]d"), finish]);
  });

  it("judge what the vendor wrote, and the caller gets its values back afterwards", async () => {
    const seen: string[] = [];
    const { ask } = guarded([
      rule(mails, { action: "redact" }),
      rule({ whole: (given) => (seen.push(given), cut) }, { action: "redact" }),
    ]);
    const { text: out } = await ask(
      { messages: [{ role: "user", content: "i am a@b.cc" }] },
      () => [text("hey [EMAIL_1], "), text("or x@y.zz"), finish],
    );
    assert.deepEqual(seen, ["hey [EMAIL_1], or [REDACTED_EMAIL]"]);
    assert.equal(out, "h[REDACTED_MID] a@b.cc, or [REDACTED_EMAIL]");
  });
});

/** The parts of one alternative, neighbouring texts of a kind joined. */
function joined(parts: readonly Part[], choice: number): readonly unknown[] {
  const out: Record<string, unknown>[] = [];
  for (const part of parts) {
    if (("choice" in part ? part.choice ?? 0 : 0) !== choice) continue;
    if (part.type === "text" || part.type === "reasoning" || part.type === "tool-call-delta") {
      if (part.text === "" && !("signature" in part)) continue;
      const last = out.at(-1);
      if (last?.["type"] === part.type && last["signature"] === undefined) {
        last["text"] = String(last["text"]) + part.text;
        if ("signature" in part) last["signature"] = part.signature;
        continue;
      }
    }
    out.push({ ...part });
  }
  return out;
}
