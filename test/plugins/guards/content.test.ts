/** The guard `content`: lists, safe expressions, lengths, languages and schemas. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import content from "../../../plugins/guards/content/index.ts";
import { LoomError } from "../../../src/errors/index.ts";
import { fakePlanned } from "../../../src/testing.ts";
import { finder, guardOf } from "../../eval/guards/guards.ts";
import { complaintsOf } from "../../support/options.ts";
import { found } from "./found.ts";

const ctx = fakePlanned();

describe("content", () => {
  it("finds words as whole words, whatever their case, accents and blanks", async () => {
    const find = await finder(content, { deny: ["Scheiße", "foo bar", "赌博"] });
    assert.deepEqual(found(find, "SCHEISSE! foo \n BAR foobar 在线赌博网站"), [
      "DENIED SCHEISSE",
      "DENIED foo \n BAR",
      "DENIED 赌博",
    ]);
  });

  it("lets a word pass within an allowed phrase, and only there", async () => {
    const find = await finder(content, { deny: ["sex"], allow: ["sex education"] });
    assert.deepEqual(find("Essex, sex education, sex").map(({ start }) => start), [22]);
  });

  it("takes expressions that would hold up others", async () => {
    const find = await finder(content, { patterns: [{ pattern: "(a+)+$", kind: "RUN" }] });
    const startMs = performance.now();
    assert.deepEqual(find(`${"a".repeat(50_000)}!`), []);
    assert.ok(performance.now() - startMs < 5_000);
    assert.deepEqual(found(find, "b aaa"), ["RUN aaa"]);
  });

  it("names the expression that cannot be read", async () => {
    await assert.rejects(
      guardOf(content, { patterns: [{ pattern: "a" }, { pattern: "(?=a)" }] }),
      (error) => {
        assert.ok(LoomError.is(error, "config-invalid"));
        assert.match(error.message, /patterns\.1\.pattern/);
        return true;
      },
    );
  });

  it("finds places behind letters of two units", async () => {
    const find = await finder(content, { deny: ["bad"], patterns: [{ pattern: "acme" }] });
    assert.deepEqual(found(find, "😀😀 bad 😀 acme"), ["DENIED bad", "PATTERN acme"]);
  });

  it("holds answers to lengths, languages and a schema", async () => {
    const schema = { type: "object", properties: { a: { type: "integer" } }, required: ["a"] };
    const guard = await guardOf(content, {
      minOutputChars: 3,
      maxOutputChars: 90,
      languages: ["en"],
      schema,
    });
    const kinds = async (text: string) => (await guard.whole?.(text, ctx))?.map(({ kind }) => kind);
    assert.deepEqual(await kinds('{"a":1}'), []);
    assert.deepEqual(await kinds('```json\n{"a":1}\n```'), []);
    assert.deepEqual(await kinds('{"a":"x"}'), ["SCHEMA"]);
    assert.deepEqual(await kinds("{}"), ["TOO_SHORT", "SCHEMA"]);
    assert.deepEqual(await kinds("Das ist nicht gut und ich bin mit dem Essen nicht zufrieden."), [
      "LANGUAGE",
      "SCHEMA",
    ]);
    assert.deepEqual(await kinds(" ".repeat(100)), ["TOO_LONG", "SCHEMA"]);
  });

  it("holds no answer back without need", async () => {
    const guard = await guardOf(content, { deny: ["bad"] });
    assert.equal(guard.whole, undefined);
    assert.equal((await guardOf(content, { maxInputChars: 5 })).output, undefined);
    assert.deepEqual(found(await finder(content, { maxInputChars: 5 }), "123456"), ["TOO_LONG 123456"]);
  });

  it("refuses options that it does not know", () => {
    assert.equal(complaintsOf(content, { denied: [] }).length, 1);
    assert.equal(complaintsOf(content, { patterns: [{ pattern: "a", kind: "lower" }] }).length, 1);
  });
});
