/** Answers as Google gave them: each file names its source, the body or the events, and what a caller must get. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { Modality } from "../../../../src/contract/call.ts";
import type { Json } from "../../../../src/contract/json.ts";
import type { Part } from "../../../../src/contract/part.ts";
import type { Usage } from "../../../../src/contract/usage.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import type { FakeContextOptions } from "../../../../src/testing/fake-context.ts";
import { partsOf } from "../../../../src/testing/wire-reading.ts";
import { codec, headOf, type Outcome, replay, vertexCodec, wordsOf } from "./support.ts";

interface Fixture {
  readonly source: string;
  readonly service?: "vertex";
  readonly modality?: Modality;
  readonly model?: string;
  readonly input?: readonly string[];
  /** A whole answer. */
  readonly body?: Json;
  /** The events of a streamed one. */
  readonly chunks?: readonly Json[];
  readonly expect: Expected;
}

interface Expected {
  readonly error?: string;
  readonly message?: string;
  readonly text?: string;
  readonly reasoning?: string;
  readonly finish?: string;
  /** Name and arguments. */
  readonly toolCalls?: readonly (readonly [string, string])[];
  readonly ids?: readonly string[];
  readonly extras?: readonly Json[];
  readonly signatures?: readonly string[];
  readonly natives?: number;
  /** Address, start and end. */
  readonly citations?: readonly Json[];
  readonly media?: readonly Json[];
  readonly choices?: readonly Json[];
  readonly warnings?: readonly string[];
  readonly vectors?: readonly Json[];
  readonly usage?: Usage;
}

const root = new URL("fixtures/", import.meta.url);
const files = (await readdir(root)).sort();
assert.ok(files.length > 25, "fixtures are missing");

function of<T extends Part["type"]>(parts: readonly Part[], type: T): readonly Extract<Part, { type: T }>[] {
  return parts.filter((part) => part.type === type) as Extract<Part, { type: T }>[];
}

function assertOutcome({ parts, error }: Outcome, expected: Expected, what: string): void {
  if (expected.error !== undefined) {
    assert.ok(error instanceof LoomError, `${what}: failed with ${String(error)}`);
    assert.equal(error.code, expected.error, error.message);
    return assert.ok(error.message.includes(expected.message ?? ""), error.message);
  }
  assert.equal(error, undefined, what);
  const words = wordsOf(parts);
  assert.equal(words.text, expected.text, what);
  assert.equal(words.reasoning, expected.reasoning ?? "", what);
  assert.equal(of(parts, "finish")[0]?.reason, expected.finish, what);
  const calls = of(parts, "tool-call");
  assert.deepEqual(calls.map((call) => [call.name, call.arguments]), expected.toolCalls ?? [], what);
  assert.deepEqual(
    calls.map(({ index }) => index),
    calls.map((_, index) => index),
    "each call has its own index",
  );
  assert.equal(new Set(calls.map(({ id }) => id)).size, calls.length, "each call has its own id");
  if (expected.ids !== undefined) assert.deepEqual(calls.map(({ id }) => id), expected.ids);
  if (expected.extras !== undefined) {
    assert.deepEqual(calls.map(({ extra }) => extra ?? null), expected.extras);
  }
  if (expected.signatures !== undefined) {
    assert.deepEqual(of(parts, "text").flatMap(({ signature }) => signature ?? []), expected.signatures);
  }
  assert.equal(of(parts, "native").length, expected.natives ?? 0, what);
  const citations = of(parts, "citation").map(({ citation }) => [
    citation.url ?? null,
    citation.start ?? null,
    citation.end ?? null,
  ]);
  assert.deepEqual(citations, expected.citations ?? [], what);
  const media = parts.filter(({ type }) => type === "image" || type === "audio");
  if (expected.media !== undefined) {
    assert.deepEqual(media.map((part) => [part.type, ...Object.values(part).slice(1)]), expected.media);
  }
  if (expected.choices !== undefined) {
    const finishes = of(parts, "finish");
    const told = finishes.map(({ reason, choice }) => [
      of(parts, "text").filter((part) => part.choice === choice).map(({ text }) => text).join(""),
      reason,
    ]);
    assert.deepEqual(told, expected.choices);
  }
  assert.deepEqual(of(parts, "warning").map(({ code }) => code), expected.warnings ?? [], what);
  assert.deepEqual(of(parts, "embedding").map(({ vector }) => vector), expected.vectors ?? []);
  assert.deepEqual(of(parts, "usage").at(-1)?.usage, expected.usage, what);
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

for (const file of files) {
  const fixture = JSON.parse(await readFile(new URL(file, root), "utf8")) as Fixture;
  const from = fixture.service === "vertex" ? vertexCodec : codec;
  const asked: FakeContextOptions = {
    call: {
      stream: fixture.chunks !== undefined,
      ...(fixture.modality === undefined
        ? {}
        : { modality: fixture.modality, messages: [], prompt: "a cat" }),
      ...(fixture.input === undefined ? {} : { input: fixture.input }),
    },
    target: { upstreamModel: fixture.model ?? "gemini-2.5-flash" },
  };
  describe(file, () => {
    it("names its source", () => assert.ok(fixture.source.length > 10));

    const { body, chunks, expect } = fixture;
    if (body !== undefined) {
      it("decodes", () => {
        const decode = (): Outcome => {
          try {
            return { parts: partsOf(from.decode(body, headOf(asked))) };
          } catch (error) {
            return { parts: [], error };
          }
        };
        assertOutcome(decode(), expect, "whole");
        assertOutcome(decode(), expect, "again");
      });
    }
    if (chunks === undefined) return;
    const text = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join("");
    const run = (...pieces: Uint8Array[]) => replay(from, headOf(asked), pieces);

    it("decodes, at once and byte by byte, with CRLF and with LF", () => {
      const whole = bytes(text);
      assertOutcome(run(whole), expect, "CRLF");
      assertOutcome(run(...Array.from(whole, (byte) => Uint8Array.of(byte))), expect, "byte by byte");
      assertOutcome(run(bytes(text.replaceAll("\r\n", "\n"))), expect, "LF");
      assertOutcome(run(bytes(text.trimEnd())), expect, "without a last blank line");
    });
    it("tells every call in pieces and whole", () => {
      if (expect.error !== undefined) return;
      const { parts } = run(bytes(text));
      for (const call of of(parts, "tool-call")) {
        const pieces = of(parts, "tool-call-delta").filter(({ index }) => index === call.index);
        assert.equal(pieces.map((piece) => piece.text).join(""), call.arguments);
        assert.equal(of(parts, "tool-call-start").filter(({ index }) => index === call.index).length, 1);
      }
    });
    it("does not end well when its last event is missing", () => {
      const cut = chunks.slice(0, -1).map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join("");
      const { error } = run(bytes(cut));
      assert.ok(error instanceof LoomError && error.code === "stream-broken", String(error));
    });
  });
}
