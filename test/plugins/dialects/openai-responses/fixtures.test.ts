/** Recorded answers, decoded at once, byte by byte and cut short. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { Json } from "../../../../src/contract/json.ts";
import type { Manifest } from "../../../../src/contract/manifest.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { partsOf } from "../../../../src/testing/wire-reading.ts";
import { codecOf, headOf, type Outcome, replay, type Summary, summary } from "./support.ts";

interface Fixture {
  readonly source: string;
  readonly manifest?: Partial<Manifest>;
  readonly body?: Json;
  readonly stream?: readonly { readonly type: string }[];
  /** A closing `[DONE]`, which the API itself does not send. */
  readonly done?: boolean;
  readonly expected?: Partial<Summary>;
  readonly error?: { readonly code: string; readonly message?: string; readonly recovery?: string };
}

const root = new URL("fixtures/", import.meta.url);
const names = (await readdir(root)).sort();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function judge(outcome: Outcome, { expected, error }: Fixture): void {
  if (error !== undefined) {
    assert.ok(outcome.error instanceof LoomError, `failed with ${String(outcome.error)}`);
    assert.equal(outcome.error.code, error.code, outcome.error.message);
    if (error.message !== undefined) assert.ok(outcome.error.message.includes(error.message));
    if (error.recovery !== undefined) assert.equal(outcome.error.recovery, error.recovery);
    return;
  }
  if (outcome.error !== undefined) throw outcome.error;
  const { usage = {}, ...rest } = expected ?? {};
  const actual = summary(outcome.parts);
  const blank = { refusal: "", toolCalls: [], native: [], images: [], citations: [] };
  const { usage: counted, ...told } = actual;
  assert.deepEqual(told, { ...blank, ...rest });
  for (const [name, value] of Object.entries(usage)) assert.equal(counted[name], value, name);
  const calls = outcome.parts.filter((part) => part.type === "tool-call-start");
  const pieces = outcome.parts.flatMap((part) => part.type === "tool-call-delta" ? [part.text] : []).join("");
  if (calls.length > 0) {
    assert.equal(pieces, actual.toolCalls.map(([, , text]) => text === "{}" ? "" : text).join(""));
  }
}

assert.ok(names.length >= 15, "fixtures are missing");
for (const name of names) {
  const fixture: Fixture = JSON.parse(await readFile(new URL(name, root), "utf8"));
  const { body, stream, done = false } = fixture;
  const codec = codecOf(fixture.manifest);
  describe(name, () => {
    it("says where its shape comes from", () => assert.ok(fixture.source.length > 10));

    if (body !== undefined) {
      it("decodes", () => {
        let outcome: Outcome;
        try {
          outcome = { parts: partsOf(codec.decode(body, headOf())) };
        } catch (error) {
          outcome = { parts: [], error };
        }
        judge(outcome, fixture);
      });
    }

    if (stream !== undefined) {
      const text = stream.map((event) =>
        `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
      ).join("") +
        (done ? "data: [DONE]\n\n" : "");
      const whole = bytes(text);
      it("decodes", () => judge(replay(codec, [whole]), fixture));
      it("decodes byte by byte, with CRLF, and without event names", () => {
        judge(replay(codec, Array.from(whole, (byte) => Uint8Array.of(byte))), fixture);
        judge(replay(codec, [bytes(text.replaceAll("\n", "\r\n"))]), fixture);
        judge(replay(codec, [bytes(text.replaceAll(/^event: .*\n/gm, ": comment\n").trimEnd())]), fixture);
      });
      it("never ends well when it is cut before its last event", () => {
        for (let length = 0; length < stream.length; length++) {
          const cut = stream.slice(0, length).map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
          const { error } = replay(codec, [bytes(cut)]);
          assert.ok(error instanceof LoomError, `the first ${length} events ended well`);
        }
      });
    }
  });
}
