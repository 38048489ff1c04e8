/** What every dialect must hold. */

import assert from "node:assert/strict";
import type { Attempting } from "../contract/context.ts";
import type { Codec, Dialect, ServerSentEvent, StreamDecoder, WireReplyHead } from "../contract/dialect.ts";
import type { Json } from "../contract/json.ts";
import type { Manifest } from "../contract/manifest.ts";
import type { Part } from "../contract/part.ts";
import { LoomError } from "../errors/index.ts";
import { fakeAttempting, type FakeContextOptions } from "./fake-context.ts";
import { textOf } from "./reading.ts";
import { jsonOf, partsOf } from "./wire-reading.ts";
import { assertLoomError, deepFreeze, type TestFunction } from "./suite.ts";

export interface DialectSuiteOptions {
  /** A vendor that speaks the dialect. */
  readonly manifest: Manifest;
  /** Calls that the dialect can encode, beside the plain one: tools, pictures, schemas … */
  readonly calls?: readonly FakeContextOptions[];
  /** The call that the samples answer. Default: the plain text call. */
  readonly answered?: FakeContextOptions;
  /** The body of a whole good answer. */
  readonly reply: Json;
  /** The events of a streamed good answer, complete. */
  readonly stream: readonly ServerSentEvent[];
  /** The text of both answers. */
  readonly text: string;
}

/**
 * Registers the tests. `make` gives the dialect.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { type DialectSuiteOptions, dialectSuite } from "loom-router/testing";
 * import type { Dialect } from "loom-router/plugin";
 * function tryDialect(dialect: Dialect, samples: DialectSuiteOptions) {
 *   dialectSuite(test, () => dialect, samples);
 * }
 * ```
 */
export function dialectSuite(
  test: TestFunction,
  make: () => Dialect | Promise<Dialect>,
  options: DialectSuiteOptions,
): void {
  const { manifest, answered = {}, reply, stream, text } = options;

  function check(name: string, body: (codec: Codec) => void) {
    test(`dialect: ${name}`, async () => {
      const dialect = await make();
      body(dialect.codec(deepFreeze(structuredClone(manifest))));
    });
  }

  check("encodes a plain call as JSON that names the upstream model", (codec) => {
    for (const streamed of [false, true]) {
      const request = codec.encode(fakeAttempting({ call: { stream: streamed } }));
      assert.ok(request.path.startsWith("/"), `the path ${request.path} begins with a slash`);
      assert.equal(request.stream, streamed, "stream is what the call asks for");
      const body: unknown = jsonOf(request);
      assert.ok(typeof body === "object" && body !== null, "the body is a JSON object");
      const model = (body as { model?: unknown }).model;
      assert.ok(
        model === "m1-2026" || decodeURIComponent(request.path).includes("m1-2026"),
        "the upstream model is in the body's model or in the path",
      );
      assert.ok(String(request.body).includes("Say hi in five words."), "the user's words are in the body");
    }
  });

  check("encoding is pure: frozen input works, and the same input gives the same output", (codec) => {
    for (const asked of [{}, ...(options.calls ?? [])]) {
      for (const streamed of [false, true]) {
        const frozen = () => frozenContext({ ...asked, call: { ...asked.call, stream: streamed } });
        const first = codec.encode(frozen());
        assert.deepEqual(codec.encode(frozen()), first);
        if (first.body !== undefined) jsonOf(first);
      }
    }
  });

  check("decodes the whole sample, purely", (codec) => {
    const frozen = deepFreeze(structuredClone(reply));
    const parts = partsOf(codec.decode(frozen, head(answered, false)));
    assert.equal(textOf(parts), text);
    assert.equal(parts.filter((part) => part.type === "finish").length, 1, "one finish");
    assert.deepEqual(codec.decode(frozen, head(answered, false)), parts);
  });

  check("decodes the streamed sample, and decoders share nothing", (codec) => {
    const alone = decodeAll(codec.decodeStream(head(answered, true)), stream);
    assert.equal(textOf(alone), text);
    assert.equal(alone.filter((part) => part.type === "finish").length, 1, "one finish");
    const [left, right] = [
      codec.decodeStream(head(answered, true)),
      codec.decodeStream(head(answered, true)),
    ];
    const interleaved: Part[][] = [[], []];
    for (const event of stream) {
      interleaved[0]?.push(...left.event(event));
      interleaved[1]?.push(...right.event(event));
    }
    interleaved[0]?.push(...left.end());
    interleaved[1]?.push(...right.end());
    assert.deepEqual(interleaved, [alone, alone]);
  });

  check("a truncated stream never ends well", (codec) => {
    const whole = meaning(decodeAll(codec.decodeStream(head(answered, true)), stream));
    for (let length = 0; length < stream.length; length++) {
      const decoder = codec.decodeStream(head(answered, true));
      const what = `the first ${length} of ${stream.length} events`;
      const parts: Part[] = [];
      for (const event of stream.slice(0, length)) parts.push(...decoder.event(event));
      try {
        parts.push(...decoder.end());
      } catch (error) {
        assertLoomError(error, what);
        assert.equal(error.code, "stream-broken", what);
        continue;
      }
      // Only a stream that lacks nothing but its closing mark or its usage may end well.
      assert.deepEqual(meaning(parts), whole, `${what} ended well without being the whole answer`);
    }
  });

  check("rubbish in a stream is a LoomError, and rubbish alone never ends well", (codec) => {
    for (const data of rubbish) {
      for (const before of [0, 1]) {
        const decoder = codec.decodeStream(head(answered, true));
        const what = `the event ${JSON.stringify(data.slice(0, 30))} after ${before} good ones`;
        const error = thrownBy(() => {
          for (const event of stream.slice(0, before)) decoder.event(event);
          decoder.event({ event: "", data });
          decoder.end();
        });
        assert.ok(error !== undefined, `${what} ended well`);
        assertLoomError(error, what);
      }
    }
  });

  check("a body that is no answer is a LoomError", (codec) => {
    for (const body of nonsense) {
      const error = thrownBy(() => codec.decode(body, head(answered, false)));
      const what = `the body ${JSON.stringify(body).slice(0, 40)}`;
      assert.ok(error !== undefined, `${what} was taken for an answer`);
      assertLoomError(error, what);
    }
  });

  check("decodeError gives a LoomError for any status and any body", (codec) => {
    for (const status of [400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529]) {
      for (const body of errorBodies) {
        const error: unknown = codec.decodeError({ ...head(answered, false), status }, body);
        assertLoomError(error, `status ${status} with ${JSON.stringify(body.slice(0, 30))}`);
        assert.equal(error.status, status, "it keeps the vendor's status");
      }
    }
    const limited = codec.decodeError({ ...head(answered, false), status: 429 }, "{}");
    assert.ok(LoomError.is(limited, "rate-limited", "quota-exhausted"), "429 is a limit");
    const refused = codec.decodeError({ ...head(answered, false), status: 401 }, "");
    assert.ok(LoomError.is(refused, "auth-rejected"), "401 is a refused key");
  });
}

/** A context in which everything that a codec may read of the call and the target is frozen. */
function frozenContext(asked: FakeContextOptions): Attempting {
  const ctx = fakeAttempting(asked);
  const { validate, ...plain } = ctx.call.output ?? {};
  deepFreeze(plain);
  if (validate === undefined) deepFreeze(ctx.call);
  else Object.values(ctx.call).forEach(deepFreeze);
  deepFreeze(ctx.target);
  return ctx;
}

function head(asked: FakeContextOptions, stream: boolean): WireReplyHead {
  return {
    status: 200,
    headers: { "content-type": stream ? "text/event-stream" : "application/json" },
    ctx: fakeAttempting({ ...asked, call: { ...asked.call, stream } }),
  };
}

function decodeAll(decoder: StreamDecoder, events: readonly ServerSentEvent[]): readonly Part[] {
  return [...events.flatMap((event) => decoder.event(event)), ...decoder.end()];
}

/** What a caller would take away: texts joined, whole tool calls, how it finished. */
function meaning(parts: readonly Part[]): unknown {
  return [
    textOf(parts),
    parts.filter((part) => part.type === "tool-call"),
    parts.filter((part) => part.type === "finish"),
  ];
}

function thrownBy(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error ?? new Error("threw nothing");
  }
  return undefined;
}

const rubbish = ["{", '{"a":', "<html><body>502</body></html>", "null", "[]", "42", '"text"', "undefined"];

const nonsense: readonly Json[] = [
  null,
  42,
  "text",
  [],
  {},
  { choices: "none" },
  { error: { message: "overloaded" } },
];

const errorBodies = [
  "",
  "{}",
  "null",
  "[]",
  '"text"',
  '{"error":null}',
  '{"error":"words"}',
  '{"error":{"message":"words","code":7,"type":[]}}',
  '{"error":{"message":{"deep":true}}}',
  '{"error":{"mess',
  "<!doctype html><h1>502 Bad Gateway</h1>",
  "\u0000\ufffd",
  "x".repeat(1_000_000),
  `{"error":{"message":"${"x".repeat(1_000_000)}"}}`,
  "[".repeat(50_000),
];
