/** Recorded answers of the vendor and of hosts that speak like it: what a caller takes away from them. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { Json } from "../../../../src/contract/json.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { partsOf } from "../../../../src/testing/wire-reading.ts";
import { codec, headOf, type Outcome, replay } from "./support.ts";

interface Fixture {
  readonly source: string;
  /** A whole answer, or the events of a streamed one: parsed, or as their lines were. */
  readonly body?: Json;
  readonly events?: readonly { readonly type: string }[];
  readonly lines?: readonly string[];
  /** Name of the event, where it is not the type of its data. */
  readonly event?: string;
  readonly expect?: Readonly<Record<string, unknown>>;
  readonly error?: Readonly<Record<string, unknown>>;
}

const root = new URL("fixtures/", import.meta.url);

function sse({ events, lines, event }: Fixture): string {
  const texts = lines ?? events?.map((entry) => JSON.stringify(entry)) ?? [];
  return texts.map((data) => {
    const { type } = JSON.parse(data) as { readonly type: string };
    return `event: ${event ?? type}\ndata: ${data}\n\n`;
  }).join("");
}

/** What a caller takes away; only what `like` names. */
function taken(parts: readonly Part[], like: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const found: Record<string, unknown> = { text: "", reasoning: "", refusal: "" };
  const lists: Record<string, unknown[]> = { natives: [], toolCalls: [], citations: [], signatures: [] };
  for (const part of parts) {
    if (part.type === "text" || part.type === "reasoning" || part.type === "refusal") {
      found[part.type] = `${found[part.type]}${part.text}`;
    }
    if (part.type === "reasoning" && part.signature !== undefined) lists["signatures"]?.push(part.signature);
    if (part.type === "response") Object.assign(found, { id: part.id, model: part.model });
    if (part.type === "native") {
      lists["natives"]?.push(part.value["type"]);
      found["native"] = part.value;
    }
    if (part.type === "tool-call") {
      const { id, name, arguments: text } = part;
      const wanted = (like["toolCalls"] as { readonly id?: string }[])[lists["toolCalls"]?.length ?? 0];
      assert.ok(id !== "");
      lists["toolCalls"]?.push(
        wanted?.id === undefined ? { name, arguments: text } : { id, name, arguments: text },
      );
    }
    if (part.type === "citation") {
      const { raw, ...citation } = part.citation;
      assert.ok(raw !== undefined);
      lists["citations"]?.push(citation);
    }
    if (part.type === "finish") {
      assert.equal(found["finish"], undefined, "one finish");
      found["finish"] = { reason: part.reason, raw: part.raw };
    }
    if (part.type === "usage") found["usage"] = part.usage;
    if (part.type === "raw") found["raw"] = part.value;
  }
  const whole: Record<string, unknown> = { ...found, ...lists };
  return Object.fromEntries(Object.keys(like).map((name) => [name, whole[name]]));
}

function assertFails(error: unknown, expected: Readonly<Record<string, unknown>>): void {
  assert.ok(error instanceof LoomError, `failed with ${String(error)}`);
  for (const [field, value] of Object.entries(expected)) {
    assert.deepEqual((error as unknown as Record<string, unknown>)[field], value, field);
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const names = (await readdir(root)).sort();
assert.ok(names.length >= 30, "fixtures are missing");

for (const name of names) {
  const fixture = JSON.parse(await readFile(new URL(name, root), "utf8")) as Fixture;
  const { body, expect, error } = fixture;

  describe(name.replace(".json", ""), () => {
    it("says where it comes from and what is expected", () => {
      assert.ok(fixture.source.length > 10);
      assert.ok((expect === undefined) !== (error === undefined));
    });

    // Everything that is not named is expected to be absent.
    const like = {
      text: "",
      reasoning: "",
      refusal: "",
      natives: [],
      toolCalls: [],
      citations: [],
      ...expect,
    };

    if (body !== undefined) {
      it("decodes", () => {
        const decode = () => partsOf(codec().decode(body, headOf()));
        if (error !== undefined) {
          return assert.throws(decode, (thrown) => {
            assertFails(thrown, error);
            return true;
          });
        }
        const parts = decode();
        assert.deepEqual(taken(parts, like), like);
        assert.deepEqual(parts.at(-1), { type: "raw", value: body });
      });
      return;
    }

    const stream = sse(fixture);
    const run = (...pieces: Uint8Array[]): Outcome => replay(headOf({ call: { stream: true } }), pieces);
    const judge = (outcome: Outcome, what: string): void => {
      if (error !== undefined) return assertFails(outcome.error, error);
      assert.equal(outcome.error, undefined, what);
      assert.deepEqual(taken(outcome.parts, like), like, what);
    };

    it("decodes, however it is cut up", () => {
      judge(run(bytes(stream)), "at once");
      judge(run(...Array.from(bytes(stream), (byte) => Uint8Array.of(byte))), "byte by byte");
      judge(run(bytes(stream.replaceAll("\n", "\r\n"))), "CRLF");
      judge(run(bytes(stream.replaceAll(/event: .*\n/g, ""))), "without names of events");
      judge(run(bytes(stream.trimEnd())), "without a blank line at the end");
    });

    it("never ends well when it is cut before the answer is complete", () => {
      const ends = [...stream.matchAll(/\n\n/g)].map(({ index }) => index + 2);
      for (const end of ends.slice(0, -1)) {
        const outcome = run(bytes(stream.slice(0, end)));
        if (outcome.error !== undefined) assert.ok(outcome.error instanceof LoomError);
        else assert.deepEqual(taken(outcome.parts, like), like, `cut at ${end}`);
      }
    });
  });
}
