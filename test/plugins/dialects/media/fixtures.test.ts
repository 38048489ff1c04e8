/** Answers of every vendor, each with its source, read as the wire gives them: the first, then one for each question. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { Modality } from "../../../../src/contract/call.ts";
import type { Decoded, Pending } from "../../../../src/contract/dialect.ts";
import type { Json, JsonObject } from "../../../../src/contract/json.ts";
import type { Params } from "../../../../src/contract/message.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { deepFreeze } from "../../../../src/testing/suite.ts";
import { type Asked, codecOf, headOf, vendors, wav } from "./support.ts";

interface Fixture {
  /** Default: the file's name. */
  readonly vendor?: string;
  readonly source: string;
  readonly what: string;
  readonly modality: Modality;
  readonly model?: string;
  readonly params?: Params;
  /** In the order in which they come; `{ bytes, type }` for one that is no JSON. */
  readonly answers: readonly Json[];
  /** What is asked after the first answer, as `GET /path`. */
  readonly polls?: readonly string[];
  readonly content?: readonly JsonObject[];
  /** Fields of the usage. */
  readonly usage?: JsonObject;
  readonly response?: JsonObject;
  /** The code of the error that it must end with. */
  readonly error?: string;
}

const folder = new URL("fixtures/", import.meta.url);
const fixtures: (Fixture & { readonly vendor: string })[] = [];
for (const name of await readdir(folder)) {
  const list = JSON.parse(await readFile(new URL(name, folder), "utf8")) as readonly Fixture[];
  fixtures.push(...list.map((fixture) => ({ vendor: name.replace(/\.json$/, ""), ...fixture })));
}

function askedBy({ modality, model = "m-1", params = {} }: Fixture): Asked {
  const images = modality === "image" && model.includes("kontext")
    ? { images: [{ url: "https://a.example/b" }] }
    : {};
  const input = modality === "rerank" || modality === "moderation" ? { input: ["a", "b", "c"] } : {};
  const audio = modality === "transcription" ? { audio: wav } : { prompt: "A lighthouse" };
  return { modality, model, params, ...images, ...input, ...audio };
}

/** Decodes all answers, and notes what is asked between them. */
function played(
  fixture: Fixture & { readonly vendor: string },
): { parts: readonly Part[]; polls: readonly string[] } {
  const codec = codecOf(fixture.vendor);
  const head = headOf(fixture.vendor, askedBy(fixture));
  const polls: string[] = [];
  let pending: Pending | undefined;
  let decoded: Decoded = [];
  for (const answer of fixture.answers) {
    const body = deepFreeze(structuredClone(answer));
    const { bytes, type } = body as { readonly bytes?: string; readonly type?: string };
    const raw = bytes === undefined ? undefined : Uint8Array.from(Buffer.from(bytes, "base64"));
    const own = type === undefined || raw === undefined
      ? head
      : { ...head, headers: { "content-type": type } };
    decoded = pending === undefined ? codec.decode(body, own) : pending.decode(raw ?? body, own);
    pending = "next" in decoded ? decoded : undefined;
    if (pending === undefined) break;
    const { method, path, body: text } = pending.next;
    polls.push(`${method} ${path}${text === undefined ? "" : ` ${text}`}`);
  }
  assert.ok(!("next" in decoded), "it is not over");
  return { parts: decoded as readonly Part[], polls };
}

describe("an answer of", () => {
  for (const fixture of fixtures) {
    it(`${fixture.vendor}: ${fixture.what}`, () => {
      assert.match(fixture.source, /^https:\/\//);
      if (fixture.error !== undefined) {
        assert.throws(() => played(fixture), (error) => {
          assert.ok(LoomError.is(error), String(error));
          assert.equal(error.code, fixture.error, error.message);
          return true;
        });
        return;
      }
      const { parts, polls } = played(fixture);
      if (fixture.polls !== undefined) assert.deepEqual(polls, fixture.polls);
      const silent = new Set(["response", "usage", "raw"]);
      const content = parts.filter(({ type }) => !silent.has(type)).map((part) => {
        if (part.type !== "transcript") return part;
        const { raw: _, ...rest } = part;
        return rest;
      });
      assert.deepEqual(content, fixture.content);
      const usage = parts.find((part) => part.type === "usage")?.usage as unknown as JsonObject | undefined;
      for (const [name, value] of Object.entries(fixture.usage ?? {})) {
        assert.equal(usage?.[name], value, name);
      }
      if (fixture.response !== undefined) {
        const { type: _, ...response } = parts.find(({ type }) => type === "response") ?? { type: "" };
        assert.deepEqual(response, fixture.response);
      }
      assert.equal(parts.filter(({ type }) => type === "raw").length, 1, "the whole answer comes last");
      assert.equal(parts.at(-1)?.type, "raw");
    });
  }

  it("each vendor is among them", () => {
    assert.deepEqual(vendors.filter((id) => !fixtures.some(({ vendor }) => vendor === id)), []);
  });
});

describe("the answer itself", () => {
  it("is there without the bytes that the parts hold", () => {
    const long = `iVBORw0KGgo${"A".repeat(20_000)}`;
    const asked: Asked = { modality: "image", prompt: "p" };
    const parts = codecOf("openai").decode(
      { data: [{ b64_json: long, revised_prompt: "q" }] },
      headOf("openai", asked),
    );
    const raw = (parts as readonly Part[]).find((part) => part.type === "raw");
    assert.deepEqual(raw?.value, {
      data: [{ b64_json: `[${long.length} characters]`, revised_prompt: "q" }],
    });
  });

  it("keeps every segment of a transcript", () => {
    const body = { text: "x".repeat(20_000), segments: [{ text: "y".repeat(9_000) }] };
    const asked: Asked = { modality: "transcription", audio: wav };
    const parts = codecOf("openai").decode(body, headOf("openai", asked)) as readonly Part[];
    assert.deepEqual(parts.find((part) => part.type === "raw")?.value, body);
  });
});
