/** Answers as Cohere gives them, and what they mean. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { Modality } from "../../../../src/contract/call.ts";
import type { Json } from "../../../../src/contract/json.ts";
import type { FakeContextOptions } from "../../../../src/testing/fake-context.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { partsOf } from "../../../../src/testing/wire-reading.ts";
import { codec, headOf, meaning, replay, sse } from "./support.ts";

interface Fixture {
  readonly source: string;
  readonly modality?: Modality;
  readonly body?: Json;
  readonly events?: readonly object[];
  readonly expected: Readonly<Record<string, unknown>>;
}

const root = new URL("fixtures/", import.meta.url);
const names = (await readdir(root)).sort();
assert.ok(names.length >= 15, "fixtures are missing");

for (const name of names) {
  const fixture = JSON.parse(await readFile(new URL(name, root), "utf8")) as Fixture;
  const { body, events, modality = "text" } = fixture;
  const expected = { text: "", reasoning: "", toolCalls: [], finish: [], ...fixture.expected };
  const asked: FakeContextOptions = modality === "text" ? {} : { call: { modality, input: ["a", "b"] } };

  const judge = (actual: Readonly<Record<string, unknown>>, what: string) => {
    for (const [field, value] of Object.entries(expected)) {
      assert.deepEqual(actual[field], value, `${field}, ${what}`);
    }
  };

  describe(name, () => {
    it("says where it comes from", () => assert.ok(fixture.source.length > 0));
    if (body !== undefined) {
      it("decodes", () => {
        const parts = partsOf(codec.decode(body, headOf(asked)));
        judge(meaning(parts), "whole");
        assert.deepEqual(parts.at(-1), { type: "raw", value: body });
      });
    }
    if (events !== undefined) {
      const bytes = new TextEncoder().encode(sse(events));
      it("decodes, however it is cut", () => {
        for (let at = 0; at < bytes.length; at += 1 + (at % 7)) {
          const { parts, error } = replay([bytes.subarray(0, at), bytes.subarray(at)]);
          assert.equal(error, undefined);
          judge(meaning(parts), `cut at ${at}`);
        }
        const { parts } = replay(Array.from(bytes, (byte) => Uint8Array.of(byte)));
        judge(meaning(parts), "byte by byte");
      });
      it("decodes without names of events", () => {
        const plain = sse(events).replaceAll(/^event: .*\n/gm, "");
        judge(meaning(replay([new TextEncoder().encode(plain)]).parts), "without names");
      });
      it("never ends well when it is cut before its end", () => {
        const last = sse(events.slice(0, -1)).length;
        for (let at = 0; at < last; at += 11) {
          const { error } = replay([bytes.subarray(0, at)]);
          assert.ok(error instanceof LoomError, `cut at ${at}`);
        }
      });
    }
  });
}
