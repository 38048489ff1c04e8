/** Guards at the input: what they see, what becomes of a finding, and guards that fail, are late or judge only a share. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Call } from "../../src/contract/call.ts";
import type { Guard, GuardedText } from "../../src/contract/guard.ts";
import type { Params } from "../../src/contract/message.ts";
import type { Part } from "../../src/contract/part.ts";
import { LoomError } from "../../src/errors/index.ts";
import { fakeCancellation } from "../../src/testing/fake-context.ts";
import { forwardable } from "../../src/util/forwardable.ts";
import { finish, settle, text } from "../kernel/scripted.ts";
import { hello } from "./chain.ts";
import { findMails, guarded, keys, mails, rule, said, textOf, verdicts, withDedup } from "./guard-setup.ts";

const secret = "KEY-12345678";

describe("every text of a call is judged", () => {
  const cases: readonly [string, Partial<Call>, readonly GuardedText[]][] = [
    ["turns", {
      messages: [
        { role: "system", content: "s" },
        {
          role: "user",
          content: [{ type: "text", text: "u" }, { type: "image", url: "https://a.test/p.png" }],
        },
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "r" },
            { type: "tool-call", id: "1", name: "f", arguments: '{"a":1}' },
          ],
        },
        { role: "tool", toolCallId: "1", content: "t" },
      ],
    }, [
      { role: "system", text: "s" },
      { role: "user", text: "u" },
      { role: "assistant", text: "r" },
      { role: "assistant", text: '{"a":1}' },
      { role: "tool", text: "t" },
    ]],
    ["a prompt", { modality: "image", messages: [], prompt: "p" }, [{ role: "user", text: "p" }]],
    ["documents", { modality: "embedding", messages: [], input: ["a", "b"] }, [
      { role: "user", text: "a" },
      { role: "user", text: "b" },
    ]],
    ["params that are texts", {
      messages: [],
      params: { system: "s", user: "not@this.one", prediction: { type: "content", content: "c" } },
    }, [{ role: "system", text: "s" }, { role: "assistant", text: "c" }]],
  ];
  for (const [what, call, expected] of cases) {
    it(what, async () => {
      const seen: GuardedText[] = [];
      await guarded([rule({ input: (given) => (seen.push(given), []) })]).ask(call);
      assert.deepEqual(seen, expected);
    });
  }
});

describe("what becomes of a finding", () => {
  it("block: the call ends before anything is spent, and nothing says the text", async () => {
    const { ask, sent, heard } = guarded([rule(keys)]);
    const { error, ctx } = await ask(said(`my ${secret} and ${secret}`));
    assert.ok(LoomError.is(error, "guard-blocked"));
    assert.deepEqual(error.data, { guard: "g", side: "input", kinds: ["KEY"] });
    assert.equal(sent.length, 0);
    assert.equal(JSON.stringify([error.message, ctx.ledger.receipt(), heard]).includes("1234"), false);
    assert.deepEqual(verdicts(ctx), [["block", { guard: "g", side: "input", kinds: ["KEY"], count: 2 }]]);
    const event = { guard: "g", action: "block", side: "input", kinds: ["KEY"], count: 2, shadow: false };
    assert.deepEqual(heard, [["guard", event]]);
  });

  it("flag: the call goes on as it is, with a warning", async () => {
    const { ask, sent } = guarded([rule(keys, { action: "flag" })]);
    const { ctx, text: answer } = await ask(said(secret));
    assert.equal(answer, "hello");
    assert.equal(sent[0]?.messages[0]?.content, secret);
    assert.deepEqual(ctx.ledger.warnings, [
      { code: "guard-flagged", message: 'guard "g" found KEY in the request' },
    ]);
  });

  it("redact: the vendor gets placeholders, the caller its own values", async () => {
    const { ask, sent } = guarded([rule(mails, { action: "redact", output: false })]);
    const { text: answer } = await ask(
      said("from a@b.cc to d@e.ff, copy a@b.cc; [EMAIL_1] stays"),
      () => [text("sent to [EMAIL_3], not [EMAIL_1], from [EMAIL_2] or [EMAIL_9]"), finish],
    );
    assert.equal(
      sent[0]?.messages[0]?.content,
      "from [EMAIL_2] to [EMAIL_3], copy [EMAIL_2]; [EMAIL_1] stays",
    );
    assert.equal(answer, "sent to d@e.ff, not [EMAIL_1], from a@b.cc or [EMAIL_9]");
  });

  it("shadow: it is recorded, and nothing is done", async () => {
    const { ask, sent, heard } = guarded([
      rule(keys, { shadow: true }),
      rule(keys, { shadow: true, action: "redact" }),
    ]);
    const { ctx, text: answer } = await ask(said(secret), () => [text(secret), finish]);
    assert.equal(answer, secret);
    assert.equal(sent[0]?.messages[0]?.content, secret);
    assert.deepEqual(verdicts(ctx).map(([what]) => what), ["block", "redact", "block", "redact"]);
    assert.ok(heard.every(([, { shadow }]) => shadow));
    assert.deepEqual(ctx.ledger.warnings, []);
  });

  it("what is less sure than minScore is no finding", async () => {
    const unsure: Guard = { input: () => [{ start: 0, end: 1, kind: "X", score: 0.4 }] };
    assert.equal((await guarded([rule(unsure, { minScore: 0.5 })]).ask()).error, undefined);
    assert.ok(LoomError.is((await guarded([rule(unsure, { minScore: 0.4 })]).ask()).error, "guard-blocked"));
  });

  it("the next guard sees what the one before it has left", async () => {
    const { ask, sent } = guarded([
      rule(mails, { action: "redact" }),
      rule({ input: ({ text }) => [{ start: 5, end: text.length, kind: "ALL", score: 1 }] }, {
        action: "redact",
      }),
    ]);
    const { text: answer } = await ask(said("to a@b.cc!"), () => [text("<[ALL_1]>"), finish]);
    // A span that cuts a placeholder takes all of it.
    assert.equal(sent[0]?.messages[0]?.content, "to [ALL_1]");
    assert.equal(answer, "<a@b.cc!>");
  });

  it("arguments of tool calls stay JSON", async () => {
    const digits: Guard = {
      input: ({ text }) =>
        [...text.matchAll(/4{8}|a"b/g)].map(({ 0: found, index }) => ({
          start: index,
          end: index + found.length,
          kind: "CARD",
          score: 1,
        })),
    };
    const { ask, sent } = guarded([rule(digits, { action: "redact" })]);
    const call = {
      type: "tool-call",
      id: "1",
      name: "f",
      arguments: '{"card":44444444,"t":"44444444"}',
    } as const;
    const { parts } = await ask(
      { messages: [{ role: "user", content: 'a"b' }, { role: "assistant", content: [call] }] },
      () => [{ type: "tool-call", index: 0, id: "2", name: "f", arguments: '{"said":"[CARD_1]"}' }, finish],
    );
    const [, turn] = sent[0]?.messages ?? [];
    assert.deepEqual(turn?.content, [{ ...call, arguments: '{"card":"[CARD_2]","t":"[CARD_2]"}' }]);
    assert.equal((parts[0] as Extract<Part, { type: "tool-call" }>).arguments, '{"said":"a\\"b"}');
  });

  it("targets are asked without what their params said, too", async () => {
    const { ask, sent } = guarded([rule(mails, { action: "redact" })]);
    let system: unknown;
    await ask(
      { params: { system: "ask a@b.cc" } },
      ({ target }) => (system = target.params["system"], hello),
    );
    assert.equal(system, "ask [EMAIL_1]");
    assert.equal(sent.length, 1);
  });

  it("what came over the wire is not sent on when something was cut out", async () => {
    const { ask, sent } = guarded([rule(mails, { action: "redact" })]);
    const call = (content: string, params: Params = {}): Partial<Call> => {
      const messages = [{ role: "user" as const, content }];
      const of = { messages, params };
      return { ...of, native: { dialect: "openai-chat", body: {}, text: content, unknown: ["x"], of } };
    };
    await ask(call("nothing here"));
    await ask(call("to a@b.cc"));
    await ask(call("to nobody", { system: "you are a@b.cc" }));
    assert.deepEqual(sent.map((one) => forwardable(one)), [true, false, false]);
    // Other vendors must still be spared fields that they do not know.
    assert.deepEqual(sent[1]?.native?.unknown, ["x"]);
  });
});

describe("guards that cannot judge", () => {
  const never: Guard = { input: () => new Promise(() => {}) };
  const broken: Guard = {
    input: () => {
      throw new TypeError(`cannot read ${secret}`);
    },
  };
  const rejecting: Guard = { input: () => Promise.reject(new RangeError(secret)) };
  const silly: Guard = { input: () => "nothing" as never };
  const cases: readonly [string, Guard, string][] = [
    ["late", never, "late"],
    ["broken", broken, "TypeError"],
    ["rejecting", rejecting, "RangeError"],
    ["giving no list", silly, "TypeError"],
  ];
  for (const [what, guard, reason] of cases) {
    for (const onUnavailable of ["open", "closed"] as const) {
      it(`${what}, ${onUnavailable}`, async () => {
        const { begin, clock, sent } = guarded([rule(guard, { onUnavailable })]);
        const { ctx, settled } = begin(said(secret));
        await clock.advance(49);
        if (reason === "late") assert.equal(sent.length, 0);
        await clock.advance(1);
        const { error } = await settled;
        assert.deepEqual(verdicts(ctx), [["unavailable", {
          guard: "g",
          side: "input",
          reason,
          on: onUnavailable,
        }]]);
        assert.equal(JSON.stringify([ctx.ledger.receipt(), error?.message]).includes("1234"), false);
        if (onUnavailable === "closed") {
          assert.ok(LoomError.is(error, "guard-blocked"));
          assert.deepEqual(error.data, { guard: "g", side: "input", kinds: [], unavailable: true });
          assert.equal(error.status, 503);
          assert.equal(sent.length, 0);
        } else {
          assert.equal(sent.length, 1);
          assert.deepEqual(ctx.ledger.warnings.map(({ code }) => code), ["guard-unavailable"]);
        }
      });
    }
  }

  it("in the shadow they let everything through", async () => {
    const { ask, sent } = guarded([rule(broken, { onUnavailable: "closed", shadow: true })]);
    assert.equal((await ask()).error, undefined);
    assert.equal(sent.length, 1);
  });

  it("a late guard is told to stop, and asked about nothing more", async () => {
    let stopped = false;
    let asked = 0;
    const { begin, clock } = guarded([rule({
      input: (_, { cancellation }) => (asked++,
        new Promise((resolve) =>
          cancellation.onCancel(() => {
            stopped = true;
            resolve([]);
          })
        )),
    }, { onUnavailable: "open" })]);
    const { settled } = begin({
      messages: Array.from({ length: 20 }, () => ({ role: "user", content: "x" })),
    });
    await clock.advance(50);
    await settled;
    await settle();
    assert.deepEqual([stopped, asked], [true, 8]);
  });

  it("a caller who leaves waits for no guard", async () => {
    const cancellation = fakeCancellation();
    const { begin, sent } = guarded([rule(never, { onUnavailable: "open" })]);
    const { settled } = begin({}, undefined, { cancellation });
    cancellation.cancel();
    assert.equal((await settled).error?.code, "aborted");
    assert.equal(sent.length, 0);
  });

  it("guards that need time are asked about a few texts at once, and in the call's order", async () => {
    const asked: string[] = [];
    const answers: (() => void)[] = [];
    const slow: Guard = {
      input: ({ text }) => new Promise((resolve) => (asked.push(text), answers.push(() => resolve([])))),
    };
    const { begin, sent } = guarded([rule(slow)]);
    const messages = Array.from({ length: 20 }, (_, at) => ({ role: "user" as const, content: `t${at}` }));
    const { settled } = begin({ messages });
    assert.equal(asked.length, 8);
    while (sent.length === 0) {
      for (const answer of answers.splice(0)) answer();
      await settle();
    }
    await settled;
    assert.deepEqual(asked, messages.map(({ content }) => content));
  });
});

describe("sampling", () => {
  const cases: readonly [number, number, boolean][] = [[0.5, 0.49, true], [0.5, 0.5, false], [0, 0, false], [
    1,
    0.99,
    true,
  ]];
  for (const [sample, drawn, judged] of cases) {
    it(`${sample} at ${drawn}`, async () => {
      const { ask } = guarded([rule(keys, { sample })], { random: () => drawn });
      assert.equal((await ask(said(secret))).error !== undefined, judged);
      const { error } = await ask(said("x"), () => [text(secret), finish]);
      assert.equal(error !== undefined, judged);
    });
  }
});

describe("identity", () => {
  it("redact, then restore, gives what was asked, however the answer is split", async () => {
    const word = fc.oneof(
      fc.constantFrom(
        "a@b.cc",
        "zed@mail.org",
        "a@b.cc",
        "[EMAIL_1]",
        "[EMAIL_2]",
        "[",
        "]",
        "_1]",
        "[EMAIL_",
        "\n",
        '"',
      ),
      fc.string({ unit: "binary", maxLength: 8 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { maxLength: 12 }),
        fc.integer({ min: 1, max: 9 }),
        async (words, size) => {
          const asked = words.join("");
          const { ask, sent } = guarded([rule(mails, { action: "redact" })]);
          const { text: answer } = await ask({ ...said(asked), stream: true }, ({ call }) => {
            const seen = String(call.messages[0]?.content);
            const parts: Part[] = [];
            for (let at = 0; at < seen.length; at += size) parts.push(text(seen.slice(at, at + size)));
            return [...parts, finish];
          });
          assert.equal(answer, asked);
          assert.deepEqual(findMails(String(sent[0]?.messages[0]?.content)), []);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("answers that calls share", () => {
  for (const stream of [false, true]) {
    it(`each caller gets its own values back (${stream ? "streamed" : "whole"})`, async () => {
      const { begin, sent } = guarded([rule(mails, { action: "redact" })], { inside: [withDedup()] });
      let answer = () => {};
      const adapt = () =>
        new Promise<never>((resolve) =>
          answer = () => resolve([text("hi [EMA"), text("IL_1]"), finish] as never)
        );
      const one = begin({ ...said("i am ann@a.aa"), stream }, adapt);
      const two = begin({ ...said("i am bob@b.bb"), stream }, adapt);
      await settle();
      answer();
      const texts = await Promise.all([one, two].map(async ({ settled }) => {
        const { value } = await settled;
        const parts: Part[] = [];
        await new Promise<void>((resolve) =>
          value?.flow({ parts: (batch) => parts.push(...batch), end: () => resolve() })
        );
        return textOf(parts);
      }));
      assert.deepEqual(texts, ["hi ann@a.aa", "hi bob@b.bb"]);
      assert.equal(sent.length, 1);
      assert.equal(two.ctx.ledger.deduplicated, true);
    });
  }
});
