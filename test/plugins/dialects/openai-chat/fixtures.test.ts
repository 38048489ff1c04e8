import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { Json } from "../../../../src/contract/json.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";
import { fakeAttempting, type FakeContextOptions } from "../../../../src/testing/fake-context.ts";
import { codecOf, headOf, meaning, type Outcome, replay } from "./support.ts";

/** `call.json`: what is asked of whom, and where the wire shape comes from. */
interface Asked extends FakeContextOptions {
  readonly manifest: string;
  readonly source: string;
  /** Codes of the warnings that encoding gives. */
  readonly warnings?: readonly string[];
  readonly path?: string;
}

/** `error.json`: fields that the error must have; `message` only has to be in its message. */
interface Expected {
  readonly code: string;
  readonly message?: string;
  readonly [field: string]: unknown;
}

const root = new URL("fixtures/", import.meta.url);
const cases = (await readdir(root)).sort();

async function read(name: string, file: string): Promise<string | undefined> {
  try {
    return await readFile(new URL(`${name}/${file}`, root), "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}

async function readJson(name: string, file: string): Promise<unknown> {
  const text = await read(name, file);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Ids that are made up appear in expectations as `$ID0`, `$FOREIGN`: any text of the right form, the same everywhere. */
function bindIds(actual: unknown, expected: unknown, bound = new Map<string, unknown>()): unknown {
  if (typeof expected === "string" && /^\$[A-Z0-9]+$/.test(expected) && expected !== "$body") {
    if (!bound.has(expected)) {
      assert.match(String(actual), expected === "$FOREIGN" ? /^[A-Za-z0-9]{9}$/ : /^call_[A-Za-z0-9]{16}$/);
      assert.ok(![...bound.values()].includes(actual), `${expected} is the id of another call too`);
      bound.set(expected, actual);
    }
    return bound.get(expected);
  }
  if (Array.isArray(expected)) {
    return expected.map((entry, at) => bindIds((actual as unknown[] | undefined)?.[at], entry, bound));
  }
  if (typeof expected !== "object" || expected === null) return expected;
  return Object.fromEntries(
    Object.entries(expected).map((
      [key, entry],
    ) => [key, bindIds((actual as Record<string, unknown> | undefined)?.[key], entry, bound)]),
  );
}

function assertFails(error: unknown, expected: Expected): void {
  assert.ok(error instanceof LoomError, `failed with ${String(error)}`);
  const { message, ...fields } = expected;
  for (const [field, value] of Object.entries(fields)) {
    assert.deepEqual((error as unknown as Record<string, unknown>)[field], value, field);
  }
  if (message !== undefined) assert.ok(error.message.includes(message), error.message);
  assert.equal(error.provider, "acme");
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

assert.ok(cases.length > 60, "fixtures are missing");
for (const name of cases) {
  const asked = await readJson(name, "call.json") as Asked;
  const codec = codecOf(asked.manifest);
  const { output } = asked.call ?? {};
  const options: FakeContextOptions = output === undefined
    ? asked
    : { ...asked, call: { ...asked.call, output: { ...output, repair: 0, validate: (value) => value } } };
  const request = await readJson(name, "request.json");
  const body = await readJson(name, "reply.json") as Json | undefined;
  const stream = await read(name, "reply.sse");
  const parts = await readJson(name, "parts.json") as Part[] | undefined;
  const error = await readJson(name, "error.json") as Expected | undefined;

  describe(name, () => {
    it("says what is expected, and where its shape comes from", () => {
      assert.ok((parts === undefined) !== (error === undefined), "either parts.json or error.json");
      assert.ok((body === undefined) !== (stream === undefined), "either reply.json or reply.sse");
      assert.ok(asked.source.length > 0);
    });

    if (request !== undefined) {
      it("encodes", () => {
        const sent = codec.encode(fakeAttempting(options));
        const actual: unknown = jsonOf(sent);
        assert.deepEqual(actual, bindIds(actual, request));
        assert.equal(sent.path, asked.path ?? "/chat/completions");
        assert.equal(sent.stream, stream !== undefined);
        assert.deepEqual(
          sent.warnings?.map((warning) => warning.code).sort() ?? [],
          [...asked.warnings ?? []].sort(),
        );
      });
    }

    if (body !== undefined) {
      it("decodes", () => {
        const decode = () => codec.decode(body, headOf(options));
        if (error !== undefined) {
          return assert.throws(decode, (thrown) => {
            assertFails(thrown, error);
            return true;
          });
        }
        const actual = decode();
        const expected = bindIds(actual, parts) as Part[];
        const raw = expected.map((part) =>
          part.type === "raw" && part.value === "$body" ? { ...part, value: body } : part
        );
        assert.deepEqual(actual, raw);
        assert.deepEqual(decode(), actual, "decoding twice gives the same");
      });
    }

    if (stream !== undefined) {
      const run = (...pieces: Uint8Array[]): Outcome => replay(codec, headOf(options), pieces);
      const judge = (outcome: Outcome, what: string): void => {
        if (error !== undefined) return assertFails(outcome.error, error);
        assert.equal(outcome.error, undefined, what);
        assert.deepEqual(outcome.parts, bindIds(outcome.parts, parts), what);
      };
      const whole = bytes(stream);

      it("decodes", () => judge(run(whole), "at once"));
      it("decodes byte by byte", () =>
        judge(run(...Array.from(whole, (byte) => Uint8Array.of(byte))), "byte by byte"));
      it("decodes with CRLF and with CR line ends", () => {
        const lines = stream.replaceAll("\r\n", "\n");
        judge(run(bytes(lines.replaceAll("\n", "\r\n"))), "CRLF");
        judge(run(bytes(lines.replaceAll("\n", "\r"))), "CR");
      });
      it("decodes when it is split at any byte", () => {
        for (let at = 1; at < whole.length; at++) {
          judge(run(whole.subarray(0, at), whole.subarray(at)), `split at byte ${at}`);
        }
      });
      it("never ends well when it is cut before the answer is complete", () => {
        const told = meaning(run(whole).parts);
        for (let at = 0; at < whole.length; at++) {
          const outcome = run(whole.subarray(0, at));
          if (outcome.error !== undefined) assert.ok(outcome.error instanceof LoomError, `cut at ${at}`);
          else {
            assert.equal(error, undefined, `cut at byte ${at}, a failing stream ended well`);
            assert.deepEqual(meaning(outcome.parts), told, `cut at byte ${at}`);
          }
        }
      });
    }
  });
}
