/** Capturing: what is recorded at each level, redaction before everything else, bounds, and calls that never feel it. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CallRecord, JsonObject, LoomOptions, Part, Sink } from "../../src/index.ts";
import { gather, turnsOf } from "../../src/middleware/captured-text.ts";
import { redactSecrets } from "../../src/middleware/redact.ts";
import { fakeCall } from "../../src/testing.ts";
import { failureOf } from "../support/failure.ts";
import { bareLoom } from "../support/looms.ts";

const request = {
  provider: "sandbox",
  model: "sandbox-small",
  user: "ann",
  team: "a",
  tags: ["t"],
  messages: [
    { role: "user", content: "What is it?" },
    { role: "system", content: "Be short." },
    {
      role: "user",
      content: [{ type: "text", text: "This:" }, { type: "image", url: "https://a.example/i.png" }],
    },
  ],
  params: { sandbox: { text: "A cat." } },
} as const;

function recording(options: LoomOptions) {
  const records: CallRecord[] = [];
  const sink: Sink = { write: (record) => void records.push(record) };
  return { loom: bareLoom({ retry: false, ...options, sinks: [sink] }), records };
}

const input = [
  { role: "system", text: "Be short." },
  { role: "user", text: "What is it?" },
  { role: "user", text: "This:\n[image]" },
];

describe("capture: full", () => {
  it("records turns and answer, whole and streamed, from the vendor and from the cache", async () => {
    const { loom, records } = recording({ capture: "full", cache: { type: "memory", maxSize: 10, ttl: 60 } });
    await using _ = loom;
    await loom.generate(request);
    await loom.stream(request).result;
    await loom.flush();
    await loom.generate(request);
    assert.deepEqual(
      records.map(({ content }) => content),
      Array(3).fill({ input, output: "A cat.", cut: false }),
    );
    const hit = records.at(-1);
    assert.deepEqual([hit?.cache, hit?.provider, hit?.model], ["hit", "sandbox", "sandbox-small"]);
    assert.equal(records.at(0)?.user, "ann");
  });

  it("records what was asked of calls that fail, and as much as came of those that break", async () => {
    const { loom, records } = recording({ capture: "full" });
    await using _ = loom;
    const faulty = (fault: JsonObject) => ({
      ...request,
      params: { sandbox: { text: "one two three", fault } },
    });
    await failureOf(loom.generate(faulty({ status: 400 })), "invalid-request");
    await failureOf(loom.stream(faulty({ cutAfterParts: 2 })).result, "stream-broken");
    assert.deepEqual(records.map(({ content }) => content?.input), [input, input]);
    const [none, some] = records.map(({ content }) => content?.output ?? "");
    assert.equal(none, "");
    assert.ok(some !== "" && "one two three".startsWith(some ?? "?"), some);
  });

  it("takes secrets out before anything else sees the text", async () => {
    const seen: string[] = [];
    const { loom, records } = recording({
      capture: { level: "full", redact: (text) => (seen.push(text), text.replaceAll("cat", "[animal]")) },
    });
    await using _ = loom;
    const key = "sk-" + "proj-" + "a1".repeat(20);
    await loom.generate({ ...request, messages: undefined, prompt: `My key is ${key}.` } as never);
    assert.deepEqual(seen, ["My key is [key].", "A cat."]);
    assert.equal(records[0]?.content?.output, "A [animal].");
    assert.ok(!JSON.stringify(records).includes(key));
  });

  it("lets no half of a secret escape across the cut", async () => {
    const { loom, records } = recording({ capture: { level: "full", maxBytes: 1000 } });
    await using _ = loom;
    const key = "sk-" + "x".repeat(60);
    for (let at = 900; at <= 1100; at += 20) {
      const prompt = `${"word ".repeat(at / 5)}${key} ${"tail ".repeat(2000)}`;
      await loom.generate({ provider: "sandbox", model: "sandbox-small", prompt });
    }
    for (const { content } of records) {
      assert.ok(content?.cut);
      assert.ok(!JSON.stringify(content).includes("xxx"));
    }
  });

  it("keeps the newest turns within the bound, in bytes, and says that it cut", async () => {
    const { loom, records } = recording({ capture: { level: "full", maxBytes: 10 } });
    await using _ = loom;
    const turns = ["old", "ключ 🔑", "new"].map((content) => ({ role: "user" as const, content }));
    await loom.generate({ ...request, messages: turns, params: { sandbox: { text: "ééééééé" } } });
    assert.deepEqual(records[0]?.content, {
      input: [{ role: "user", text: "клю…" }, { role: "user", text: "new" }],
      output: "ééééé…",
      cut: true,
    });
  });

  const bad: readonly (readonly [string, (text: string) => string])[] = [
    ["throws", (text) => {
      throw new Error(`cannot read ${text}`);
    }],
    ["gives no text", () => undefined as never],
  ];
  for (const [what, redact] of bad) {
    it(`drops the content when a redactor ${what}, warns, and answers the call`, async () => {
      const { loom, records } = recording({ capture: { level: "full", redact } });
      await using _ = loom;
      const faults: string[] = [];
      loom.on("sink-error", ({ sink }) => faults.push(sink));
      assert.equal((await loom.generate(request)).text, "A cat.");
      assert.equal((await loom.stream(request).result).text, "A cat.");
      assert.deepEqual(faults, ["capture", "capture"]);
      for (const record of records) {
        assert.equal(record.content, undefined);
        assert.deepEqual(record.receipt.warnings.map(({ code }) => code), ["capture-failed"]);
        assert.ok(!JSON.stringify(record).includes("What is it?"));
      }
    });
  }
});

describe("capture", () => {
  it("is metadata unless something else is said: who asked, and no content", async () => {
    for (const capture of [undefined, "metadata", {}] as const) {
      const { loom, records } = recording(capture === undefined ? {} : { capture });
      await using _ = loom;
      await loom.generate(request);
      assert.deepEqual([records[0]?.user, records[0]?.content], ["ann", undefined]);
    }
  });

  it("none: sinks get figures alone, and listeners get who asked all the same", async () => {
    const { loom, records } = recording({ capture: "none" });
    await using _ = loom;
    const heard: CallRecord[] = [];
    loom.on("call-end", (record) => heard.push(record));
    await failureOf(
      loom.generate({ ...request, params: { sandbox: { fault: { status: 400, message: "bad word" } } } }),
      "invalid-request",
    );
    const [record] = records;
    assert.ok(record !== undefined);
    assert.deepEqual([record.user, record.team, record.tags, record.tenant], Array(4).fill(undefined));
    assert.deepEqual([record.provider, record.errorCode, record.receipt.attempts[0]?.error], [
      "sandbox",
      "invalid-request",
      { code: "invalid-request", message: "", status: 400 },
    ]);
    assert.deepEqual([heard[0]?.user, heard[0]?.callId], ["ann", record.callId]);
  });

  const wrong: readonly (readonly [unknown, RegExp])[] = [
    ["all", /: capture must be none, metadata, full$/],
    [true, /: capture must be none, metadata, full or an object of options$/],
    [{ level: "all" }, /: capture\.level must be none/],
    [{ maxBytes: 0 }, /: capture\.maxBytes must be/],
    [{ redact: "x" }, /: capture\.redact must be a function/],
    [{ levels: "full" }, /: capture\.levels is not known; options are level, maxBytes, redact$/],
  ];
  for (const [capture, says] of wrong) {
    it(`refuses ${JSON.stringify(capture)}`, () => {
      assert.throws(() => bareLoom({ capture: capture as never }), says);
    });
  }
});

describe("captured text", () => {
  it("has words for all modalities of input", () => {
    const call = fakeCall({
      messages: [
        { role: "assistant", content: [{ type: "tool-call", id: "1", name: "look", arguments: '{"a":1}' }] },
        { role: "tool", content: "found" },
      ],
      prompt: "draw",
      input: ["one", "two"],
      images: [{ url: "https://a.example/1" }, { url: "https://a.example/2" }],
      audio: { url: "https://a.example/3" },
    });
    assert.deepEqual(turnsOf(call).map(({ role, text }) => `${role}: ${text}`), [
      'assistant: [tool call look {"a":1}]',
      "tool: found",
      "user: draw",
      "input: one",
      "input: two",
      "user: [image] [image]",
      "user: [audio]",
    ]);
  });

  const audio: Part = { type: "audio", dataB64: "AAAA" };
  const answers: readonly (readonly [string, readonly Part[], string])[] = [
    ["texts and refusals", [{ type: "text", text: "a" }, { type: "refusal", text: "b" }], "ab"],
    ["no thinking", [{ type: "reasoning", text: "hm" }, { type: "text", text: "a" }], "a"],
    ["tool calls once", [
      { type: "text", text: "Look:" },
      { type: "tool-call-start", index: 0, id: "1", name: "f" },
      { type: "tool-call-delta", index: 0, text: "{}" },
      { type: "tool-call", index: 0, id: "1", name: "f", arguments: "{}" },
    ], "Look:\n[tool call f {}]"],
    ["media in pieces as one", [audio, audio, audio], "[audio]"],
    ["alternatives apart", [
      { type: "text", text: "a", choice: 0 },
      { type: "text", text: "c", choice: 2 },
      { type: "text", text: "b", choice: 0 },
    ], "[choice 0]\nab\n\n[choice 1]\n\n\n[choice 2]\nc"],
  ];
  for (const [what, parts, text] of answers) {
    it(`of an answer has ${what}`, () => {
      const gathered = gather(1000);
      for (const part of parts) gathered.add(part);
      assert.deepEqual([gathered.text(), gathered.cut], [text, false]);
    });
  }

  it("stops at its bound", () => {
    const gathered = gather(5);
    for (let index = 0; index < 1000; index++) gathered.add({ type: "text", text: "abc" });
    assert.deepEqual([gathered.text(), gathered.cut], ["abcab", true]);
  });
});

describe("redactSecrets", () => {
  const long = "Ab1".repeat(12);
  const secrets: readonly (readonly [string, string, string])[] = [
    ["an OpenAI key", `x ${"sk-"}proj-${long} y`, "x [key] y"],
    ["an Anthropic key", `${"sk-"}ant-api03-${long}`, "[key]"],
    ["a Google key", `key=${"AI"}za${long}`, "key=[key]"],
    ["an AWS key id", `${"AK"}IA${"A1B2".repeat(4)}`, "[key]"],
    ["a GitHub token", `${"gh"}p_${long}`, "[key]"],
    ["a JWT", `${"ey"}${long}.${"ey"}${long}.${long}`, "[token]"],
    ["a bearer token", `Authorization: Bearer ${long}`, "Authorization: Bearer [token]"],
    [
      "a private key",
      `-----BEGIN RSA ${"PRIVATE"} KEY-----\nab\n-----END RSA ${"PRIVATE"} KEY-----.`,
      "[private key].",
    ],
    ["a private key without end", `a -----BEGIN ${"PRIVATE"} KEY-----\nab`, "a [private key]"],
    [
      "a password in an address",
      "postgres://ann:secret@db.example/x",
      "postgres://ann:[password]@db.example/x",
    ],
    ["an e-mail address", "write to ann.lee+x@mail.example.org now", "write to [e-mail] now"],
  ];
  for (const [what, text, clean] of secrets) {
    it(`takes out ${what}`, () => assert.equal(redactSecrets(text), clean));
  }

  for (
    const text of [
      "a basic idea, and a risk-free task",
      "sk-short",
      "user@host",
      "3 bearer bonds",
      "https://a.example:8080/x",
    ]
  ) {
    it(`leaves ${JSON.stringify(text)}`, () => assert.equal(redactSecrets(text), text));
  }
});
