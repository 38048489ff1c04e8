/** The sandbox passes the provider suite, answers the same to the same, and fails exactly as it is told. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import sandbox from "../../../plugins/providers/sandbox/index.ts";
import {
  type Answer,
  CLOCK,
  type JsonObject,
  LoomError,
  type Part,
  type Provider,
} from "../../../src/plugin.ts";
import {
  fakeAttempting,
  fakeCancellation,
  type FakeClock,
  fakeClock,
  type FakeContextOptions,
  providerSuite,
  readAnswer,
  type Reading,
  textOf,
} from "../../../src/testing.ts";
import { useOf } from "../../support/use.ts";

function make(clock: FakeClock = fakeClock()): Provider {
  return sandbox.make(useOf([CLOCK, clock])) as Provider;
}

providerSuite(test, ({ clock }) => make(clock), {
  slow: { call: { params: { sandbox: { delayMs: 50 } } } },
  failing: [
    { call: { params: { sandbox: { fault: { status: 429, retryAfterMs: 10 } } } } },
    { call: { params: { sandbox: { fault: { cutAfterParts: 2 } } } } },
    { call: { params: { sandbox: { fault: { malformed: true } } } } },
    { call: { params: { sandbox: { delay: 1 } } } },
  ],
});

interface Asked extends FakeContextOptions {
  readonly sandbox?: JsonObject;
}

function contextOf({ sandbox: own, ...asked }: Asked) {
  const params = { ...asked.call?.params, ...(own && { sandbox: own }) };
  return fakeAttempting({ ...asked, call: { ...asked.call, params } });
}

async function ask(asked: Asked = {}): Promise<readonly Part[]> {
  const answer = await make().open(contextOf(asked), undefined);
  assert.ok("parts" in answer, "a whole answer");
  return answer.parts;
}

async function read(asked: Asked, clock: FakeClock = fakeClock()): Promise<Reading> {
  const answer: Answer = await make(clock).open(
    contextOf({ ...asked, clock, call: { ...asked.call, stream: true } }),
    undefined,
  );
  return readAnswer(answer);
}

async function failure(asked: Asked): Promise<LoomError> {
  const error = await ask(asked).then(() => undefined, (error: unknown) => error);
  assert.ok(LoomError.is(error), `it should fail with a LoomError, not ${String(error)}`);
  return error;
}

function only<T extends Part["type"]>(
  parts: readonly Part[],
  type: T,
): readonly Extract<Part, { type: T }>[] {
  return parts.filter((part): part is Extract<Part, { type: T }> => part.type === type);
}

const usageOf = (parts: readonly Part[]) => only(parts, "usage").at(-1)?.usage;
const finishOf = (parts: readonly Part[]) => only(parts, "finish")[0]?.reason;

describe("sandbox text", () => {
  test("says that it is no model, and quotes what was said", async () => {
    const text = textOf(
      await ask({ call: { messages: [{ role: "user", content: "Why is the sky blue?" }] } }),
    );
    assert.match(text, /sandbox/);
    assert.match(text, /not a model|No model/);
    assert.match(text, /“Why is the sky blue\?” \(5 words\)/);
  });

  test("is the same for the same call, whole and streamed, and differs for another", async () => {
    const whole = await ask();
    assert.deepEqual(await ask(), whole);
    const reading = await read({});
    await fakeClock().advance(0);
    assert.equal(textOf(reading.parts), textOf(whole));
    assert.deepEqual(usageOf(reading.parts), usageOf(whole));
    assert.ok(only(reading.parts, "text").length > 10, "streams word by word");
    const other = await ask({ call: { messages: [{ role: "user", content: "Something else" }] } });
    assert.notEqual(textOf(other), textOf(whole));
  });

  test("shortens a long quote and survives messages without words", async () => {
    const long = textOf(await ask({ call: { messages: [{ role: "user", content: "word ".repeat(500) }] } }));
    assert.ok(long.length < 500);
    assert.match(textOf(await ask({ call: { messages: [] } })), /You said nothing in words/);
  });

  const limits: [string, JsonObject][] = [
    ["max_tokens", { max_tokens: 5 }],
    ["max_completion_tokens", { max_completion_tokens: 5, max_tokens: 100 }],
    ["max_output_tokens", { max_output_tokens: 5 }],
  ];
  for (const [name, params] of limits) {
    test(`obeys ${name}`, async () => {
      const parts = await ask({ call: { params } });
      assert.equal(finishOf(parts), "length");
      assert.equal(usageOf(parts)?.outputTokens, 5);
    });
  }

  test("stops well within a limit it does not reach", async () => {
    const parts = await ask({ call: { params: { max_tokens: 1000 } } });
    assert.equal(finishOf(parts), "stop");
  });

  test("counts tokens as OpenAI's models do, and names cached ones", async () => {
    const call = { messages: [{ role: "user", content: "hello world" }] } as const;
    const usage = usageOf(await ask({ call, sandbox: { text: "hello world, hello", cachedTokens: 1 } }));
    assert.deepEqual(usage, {
      inputTokens: 2,
      outputTokens: 4,
      cachedTokens: 1,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
      totalTokens: 6,
    });
    assert.equal(usageOf(await ask({ call, sandbox: { cachedTokens: 99 } }))?.cachedTokens, 2);
  });

  test(
    "counts runs without a break quickly, and marks of the tokenizer as text",
    { timeout: 10_000 },
    async () => {
      for (const text of ["ab".repeat(200_000), "鍵".repeat(100_000), "<|endoftext|>", " ".repeat(300_000)]) {
        const usage = usageOf(await ask({ call: { messages: [{ role: "user", content: text }] } }));
        assert.ok(
          (usage?.inputTokens ?? 0) >= Math.min(5, text.length / 300),
          `${usage?.inputTokens} tokens`,
        );
      }
    },
  );

  test("says a given text", async () => {
    const parts = await ask({ sandbox: { text: "exactly  this\n" } });
    assert.equal(textOf(parts), "exactly  this\n");
    const reading = await read({ sandbox: { text: "exactly  this\n" } });
    await fakeClock().advance(0);
    assert.equal(textOf(reading.parts), "exactly  this\n");
  });
});

describe("sandbox streams", () => {
  test("pace their parts on the clock", async () => {
    const clock = fakeClock();
    const reading = await read({ sandbox: { delayMs: 100, text: "one two three" } }, clock);
    await clock.advance(99);
    assert.equal(reading.content, 0);
    await clock.advance(1);
    assert.equal(textOf(reading.parts), "one ");
    await clock.advance(100);
    assert.equal(textOf(reading.parts), "one two ");
    await clock.advance(200);
    assert.deepEqual(reading.ends, [{ status: "ok" }]);
    assert.equal(clock.pending, 0);
  });

  test("leave no timer behind when cancelled", async () => {
    const clock = fakeClock();
    const cancellation = fakeCancellation();
    const reading = await read({ sandbox: { delayMs: 100 }, cancellation }, clock);
    await clock.advance(150);
    cancellation.cancel();
    assert.equal(clock.pending, 0);
    assert.equal(reading.ends.length, 1);
  });

  test("a whole answer takes as long as its stream, and can be cancelled on the way", async () => {
    const clock = fakeClock();
    const cancellation = fakeCancellation();
    const asked = { sandbox: { delayMs: 100 }, clock, cancellation };
    const failed = make(clock).open(contextOf(asked), undefined).then(
      () => "answered",
      (error) => error.code,
    );
    await clock.advance(500);
    assert.equal(clock.pending, 1);
    cancellation.cancel();
    assert.equal(await failed, "aborted");
    assert.equal(clock.pending, 0);
  });
});

describe("sandbox tool calls", () => {
  const tool = {
    name: "weather",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer" } },
      required: ["city"],
    },
  } as const;

  test("calls the tool that params name, in pieces when streamed", async () => {
    const asked = { sandbox: { toolCall: { name: "look", arguments: { at: "the sky" } } } };
    const parts = await ask(asked);
    const [call] = only(parts, "tool-call");
    assert.equal(call?.name, "look");
    assert.equal(call?.arguments, '{"at":"the sky"}');
    assert.equal(finishOf(parts), "tool-calls");
    assert.equal(only(parts, "tool-call-delta").length, 0);
    const { parts: streamed } = await read(asked);
    await fakeClock().advance(0);
    assert.equal(only(streamed, "tool-call-delta").map(({ text }) => text).join(""), call?.arguments);
    assert.deepEqual(only(streamed, "tool-call"), [call]);
  });

  test("passes arguments that are no JSON through as they are", async () => {
    const parts = await ask({ sandbox: { toolCall: { name: "look", arguments: '{"at":' } } });
    assert.equal(only(parts, "tool-call")[0]?.arguments, '{"at":');
  });

  test("answers in words once the tool has answered", async () => {
    const messages = [
      { role: "user", content: "How is the weather?" },
      { role: "assistant", content: [{ type: "tool-call", id: "t", name: "look", arguments: "{}" }] },
      { role: "tool", toolCallId: "t", content: "rain" },
    ] as const;
    const parts = await ask({ call: { messages }, sandbox: { toolCall: { name: "look" } } });
    assert.match(textOf(parts), /The tool answered: “rain” \(1 word\)/);
    assert.equal(finishOf(parts), "stop");
  });

  for (const toolChoice of ["required", { tool: "weather" }] as const) {
    test(`calls a tool when it must: ${JSON.stringify(toolChoice)}`, async () => {
      const parts = await ask({ call: { tools: [tool], toolChoice } });
      assert.deepEqual(JSON.parse(only(parts, "tool-call")[0]?.arguments ?? ""), { city: "sandbox" });
    });
  }

  test("refuses a choice that there is not", async () => {
    for (
      const call of [{ toolChoice: "required" }, { toolChoice: { tool: "nobody" }, tools: [tool] }] as const
    ) {
      const error = await failure({ call });
      assert.equal(error.code, "invalid-request");
      assert.match(error.message, /^toolChoice: /);
    }
  });
});

describe("sandbox structured output", () => {
  const outputs: [string, JsonObject, unknown][] = [
    ["nothing required", { type: "object", properties: { a: { type: "string" } } }, {}],
    [
      "nested objects",
      {
        type: "object",
        required: ["name", "age", "tags", "kind", "ok", "none", "inner"],
        properties: {
          name: { type: "string", minLength: 10 },
          age: { type: "integer", minimum: 18 },
          tags: { type: "array", items: { type: "string", maxLength: 3 }, minItems: 2 },
          kind: { enum: ["b", "a"] },
          ok: { type: "boolean" },
          none: { type: "null" },
          inner: {
            type: "object",
            required: ["when"],
            properties: { when: { type: "string", format: "date" } },
          },
        },
      },
      {
        name: "sandbox---",
        age: 18,
        tags: ["san", "san"],
        kind: "b",
        ok: false,
        none: null,
        inner: { when: "2026-01-01" },
      },
    ],
    ["a reference", { $ref: "#/$defs/a~1b", $defs: { "a/b": { type: "number", exclusiveMinimum: 0 } } }, 1],
    ["alternatives", { anyOf: [{ type: "null" }, { type: "string" }] }, null],
    ["a nullable type", { type: ["null", "string"] }, "sandbox"],
    ["const and default", { type: "array", prefixItems: [{ const: 7 }, { type: "number", default: 3 }] }, [
      7,
      3,
    ]],
    [
      "allOf",
      {
        allOf: [
          { type: "object", properties: { a: { type: "number" } }, required: ["a"] },
          { properties: { b: { const: "x" } }, required: ["b"] },
        ],
      },
      { a: 0, b: "x" },
    ],
    ["number bounds", { type: "number", minimum: 0.2, maximum: 0.3 }, 0.2],
    ["multiples", { type: "integer", minimum: 7, multipleOf: 5 }, 10],
    ["an upper bound", { type: "integer", exclusiveMaximum: -2 }, -3],
    ["a recursive schema that can end", {
      $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" } }, required: [] } },
      $ref: "#/$defs/node",
    }, {}],
  ];
  for (const [name, schema, expected] of outputs) {
    test(`fits ${name}`, async () => {
      const output = { schema, name: "output", validate: (value: unknown) => value, repair: 0 } as const;
      assert.deepEqual(JSON.parse(textOf(await ask({ call: { output } }))), expected);
    });
  }

  const riddles: [string, JsonObject][] = [
    ["a schema that needs itself", {
      $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" } }, required: ["next"] } },
      $ref: "#/$defs/node",
    }],
    ["a circle of references", { $ref: "#" }],
    ["a reference to nowhere", { $ref: "#/$defs/nobody" }],
    ["a reference to elsewhere", { $ref: "https://example.com/schema" }],
    ["impossible bounds", { type: "number", minimum: 2, maximum: 1 }],
    ["too many items", { type: "array", items: { type: "string" }, minItems: 1e9 }],
  ];
  for (const [name, schema] of riddles) {
    test(`refuses ${name}`, async () => {
      const output = { schema, name: "output", validate: (value: unknown) => value, repair: 0 } as const;
      const error = await failure({ call: { output } });
      assert.equal(error.code, "invalid-request");
      assert.match(error.message, /^output: /);
    });
  }
});

describe("sandbox embeddings", () => {
  const embed = (input: readonly string[], params: JsonObject = {}) =>
    ask({ call: { modality: "embedding", messages: [], input, params } });
  const vectorsOf = (parts: readonly Part[]) => only(parts, "embedding").map(({ vector }) => vector);
  const dot = (left: readonly number[] = [], right: readonly number[] = []) =>
    left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);

  test("are unit vectors, one per text, the same for the same text", async () => {
    const parts = await embed(["one text", "another", "one text", "", "🔑"]);
    assert.deepEqual(only(parts, "embedding").map(({ index }) => index), [0, 1, 2, 3, 4]);
    const vectors = vectorsOf(parts);
    for (const vector of vectors) {
      assert.equal(vector.length, 256);
      assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-9);
    }
    assert.deepEqual(vectors[0], vectors[2]);
    assert.equal(usageOf(parts)?.outputTokens, 0);
  });

  test("are closer for texts that are alike", async () => {
    const [first, alike, foreign] = vectorsOf(
      await embed(["How do I reset my password?", "how do I reset the password", "A recipe for onion soup"]),
    );
    assert.ok(dot(first, alike) > 0.7, `${dot(first, alike)}`);
    assert.ok(dot(first, foreign) < 0.4, `${dot(first, foreign)}`);
  });

  test("have as many dimensions as asked for", async () => {
    assert.deepEqual(vectorsOf(await embed(["a"], { dimensions: 3 })).map((vector) => vector.length), [3]);
  });

  test("need a text", async () => {
    const error = await failure({ call: { modality: "embedding", messages: [], input: [] } });
    assert.equal(error.code, "invalid-request");
    assert.match(error.message, /^input: /);
  });
});

describe("sandbox faults", () => {
  const statuses: [number, string][] = [
    [400, "invalid-request"],
    [401, "auth-rejected"],
    [402, "quota-exhausted"],
    [403, "permission-denied"],
    [404, "model-not-found"],
    [413, "context-too-long"],
    [429, "rate-limited"],
    [500, "provider-failed"],
    [503, "overloaded"],
    [529, "overloaded"],
  ];
  for (const [status, code] of statuses) {
    test(`status ${status} is ${code}`, async () => {
      const error = await failure({ sandbox: { fault: { status, retryAfterMs: 1500 } } });
      assert.deepEqual(
        [error.code, error.status, error.retryAfterMs, error.provider, error.model],
        [code, status, 1500, "acme", "m1"],
      );
    });
  }

  test("a code says it more closely than a status", async () => {
    assert.equal(
      (await failure({ sandbox: { fault: { status: 400, code: "content-filtered" } } })).code,
      "content-filtered",
    );
    assert.equal((await failure({ sandbox: { fault: { code: "timed-out" } } })).code, "timed-out");
  });

  test("befalls the first attempts only, when it is told how many", async () => {
    const asked = { sandbox: { fault: { status: 500, attempts: 2 } } };
    assert.equal((await failure({ ...asked, attempt: 2 })).code, "provider-failed");
    assert.equal(finishOf(await ask({ ...asked, attempt: 3 })), "stop");
  });

  test("comes late, when it is told to, and alone is only lateness", async () => {
    const clock = fakeClock();
    let state = "waiting";
    const asked = { sandbox: { fault: { latencyMs: 300 } }, clock };
    const done = make(clock).open(contextOf(asked), undefined).then(() => state = "answered");
    await clock.advance(299);
    assert.equal(state, "waiting");
    await clock.advance(1);
    await done;
    const cancellation = fakeCancellation();
    const waiting = make(clock).open(contextOf({ ...asked, cancellation }), undefined).then(
      () => "",
      (error) => error.code,
    );
    await clock.advance(10);
    cancellation.cancel();
    assert.equal(await waiting, "aborted");
    assert.equal(clock.pending, 0);
  });

  const cuts: [string, JsonObject, number, string][] = [
    ["before the first part", { cutAfterParts: 0 }, 0, "stream-broken"],
    ["after three parts", { cutAfterParts: 3 }, 3, "stream-broken"],
    ["before the end of a shorter answer", { cutAfterParts: 99 }, 4, "stream-broken"],
    ["with rubbish at once", { malformed: true }, 0, "invalid-reply"],
    ["with rubbish after two parts", { malformed: true, cutAfterParts: 2 }, 2, "invalid-reply"],
    ["with an error half-way", { status: 529, cutAfterParts: 2 }, 2, "overloaded"],
  ];
  for (const [name, fault, seen, code] of cuts) {
    test(`breaks a stream ${name}`, async () => {
      const reading = await read({ sandbox: { fault, text: "one two three four" } });
      await fakeClock().advance(0);
      assert.equal(reading.content, seen);
      assert.equal(reading.ends.length, 1);
      const [end] = reading.ends;
      assert.ok(end?.status === "failed" && end.error.code === code, JSON.stringify(end));
      if (code === "stream-broken") assert.deepEqual(end.error.data, { partsSeen: seen });
      const whole = await failure({ sandbox: { fault } });
      assert.equal(whole.code, code === "stream-broken" ? "connection-failed" : code);
    });
  }
});

describe("sandbox params", () => {
  const wrong: [JsonObject, RegExp][] = [
    [{ sandbox: "slow" }, /^params\.sandbox: /],
    [{ sandbox: { delayms: 5 } }, /^params\.sandbox: .*delayms/],
    [{ sandbox: { delayMs: "5" } }, /^params\.sandbox\.delayMs: /],
    [{ sandbox: { delayMs: -1 } }, /^params\.sandbox\.delayMs: /],
    [{ sandbox: { cachedTokens: 0.5 } }, /^params\.sandbox\.cachedTokens: /],
    [{ sandbox: { toolCall: { arguments: {} } } }, /^params\.sandbox\.toolCall\.name: /],
    [{ sandbox: { fault: {} } }, /^params\.sandbox\.fault: says no fault/],
    [{ sandbox: { fault: { attempts: 2 } } }, /^params\.sandbox\.fault: says no fault/],
    [{ sandbox: { fault: { status: 200 } } }, /^params\.sandbox\.fault\.status: /],
    [{ sandbox: { fault: { code: "nonsense" } } }, /^params\.sandbox\.fault\.code: /],
    [{ max_tokens: 0 }, /^params\.max_tokens: /],
    [{ dimensions: 10_000 }, /^params\.dimensions: /],
  ];
  for (const [params, expected] of wrong) {
    test(`refuses ${JSON.stringify(params)}`, async () => {
      const error = await failure({ call: { params } });
      assert.equal(error.code, "invalid-request");
      assert.match(error.message, expected);
    });
  }

  test("leaves params of other vendors alone", async () => {
    assert.equal(
      finishOf(await ask({ call: { params: { temperature: 0, max_tokens: null, seed: 7 } } })),
      "stop",
    );
  });
});
