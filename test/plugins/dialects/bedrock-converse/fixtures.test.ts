/** Answers as Bedrock gives them, and what they mean. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { Modality } from "../../../../src/contract/call.ts";
import type { Json } from "../../../../src/contract/json.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import type { FakeContextOptions } from "../../../../src/testing/fake-context.ts";
import { partsOf } from "../../../../src/testing/wire-reading.ts";
import { codec, frames, headOf, meaning, replay } from "./support.ts";

interface Fixture {
  readonly source: string;
  readonly modality?: Modality;
  readonly body?: Json;
  readonly events?: readonly object[];
  readonly expected: Readonly<Record<string, unknown>>;
}

const root = new URL("fixtures/", import.meta.url);
const names = (await readdir(root)).sort();
assert.ok(names.length >= 20, "fixtures are missing");
const nothing = {
  text: "",
  reasoning: "",
  signatures: [],
  toolCalls: [],
  finish: [],
  citations: [],
  native: [],
  images: [],
  vectors: [],
};

for (const name of names) {
  const fixture = JSON.parse(await readFile(new URL(name, root), "utf8")) as Fixture;
  const { body, events, modality = "text" } = fixture;
  const expected = { ...nothing, usage: undefined, ...fixture.expected };
  const asked: FakeContextOptions = modality === "text" ? {} : { call: { modality, input: ["a"] } };

  describe(name, () => {
    it("says where it comes from", () => assert.ok(fixture.source.length > 0));
    if (body !== undefined) {
      it("decodes", () => {
        const parts = partsOf(codec.decode(body, headOf(asked)));
        assert.deepEqual(meaning(parts), expected);
        assert.deepEqual(parts.at(-1), { type: "raw", value: body });
      });
    }
    if (events !== undefined) {
      const bytes = frames(events);
      it("decodes, whatever byte it is cut at", () => {
        for (let at = 0; at < bytes.length; at++) {
          const { parts, error } = replay([bytes.subarray(0, at), bytes.subarray(at)]);
          assert.equal(error, undefined, `cut at ${at}`);
          assert.deepEqual(meaning(parts), expected, `cut at ${at}`);
        }
        const single = replay(Array.from(bytes, (byte) => Uint8Array.of(byte)));
        assert.deepEqual(meaning(single.parts), expected);
      });
      it("decodes as lines of JSON, which proxies give", () => {
        const decoder = codec.decodeStream(headOf());
        const parts = events.flatMap((event) => decoder.event({ event: "", data: JSON.stringify(event) }));
        assert.deepEqual(meaning([...parts, ...decoder.end()]), expected);
      });
      it("never ends well when it is cut before its end", () => {
        const last = bytes.length - frames(events.slice(-2)).length;
        for (let at = 0; at <= last; at += 3) {
          const { error } = replay([bytes.subarray(0, at)]);
          assert.ok(LoomError.is(error, "stream-broken"), `cut at ${at}: ${error}`);
        }
      });
    }
  });
}
