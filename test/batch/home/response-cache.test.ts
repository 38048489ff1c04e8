/** The cache of answers on disk: keys, files, what is broken, what cannot be written, and clearing it. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { describe, it } from "node:test";
import type { AskSpec } from "../../../src/batch/ask/ask-spec.ts";
import { cacheKey } from "../../../src/batch/home/cache-key.ts";
import type { CachedAnswer } from "../../../src/batch/home/cached-answer.ts";
import { clearCache, measureCache } from "../../../src/batch/home/clear-cache.ts";
import { responseCache } from "../../../src/batch/home/response-cache.ts";
import { fakeClock } from "../../../src/testing.ts";
import { failureOf } from "../../support/failure.ts";
import { folderOf } from "../../support/folder.ts";

const spec: AskSpec = { provider: "openai", model: "gpt-4o-mini", column: "text" };
const answer: CachedAnswer = { provider: "openai", model: "gpt-4o-mini", response: "Hi ä \ud83d\ude00" };
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const keyOf = (number: number) => sha256(`${number}`);

function cacheIn(folder: string) {
  const notes: string[] = [];
  const clock = fakeClock(Date.UTC(2026, 0, 2));
  return { notes, cache: responseCache({ cache: folder }, { clock, note: (text) => void notes.push(text) }) };
}

describe("the key of an answer", () => {
  it("is the specification's where nothing else is given", () => {
    const key = sha256("openai|gpt-4o-mini|Say hi ä");
    const same: readonly Partial<AskSpec>[] = [
      {},
      { column: "other" },
      { template: "Say {{x}}" },
      { params: {}, fallback: [] },
    ];
    for (const extras of same) assert.equal(cacheKey({ ...spec, ...extras }, "Say hi ä"), key);
  });

  it("is another one for whatever shapes the answer", () => {
    const asked: readonly (readonly [Partial<AskSpec>, prompt: string])[] = [
      [{}, "p"],
      [{}, "q"],
      [{ model: "other" }, "p"],
      [{ provider: "other" }, "p"],
      [{ system: "s" }, "p"],
      [{ system: "p" }, "s"],
      [{ schema: { type: "object" } }, "p"],
      [{ params: { temperature: 0 } }, "p"],
      [{ params: { temperature: 1 } }, "p"],
      [{ fallback: ["a/b"] }, "p"],
      [{ fallback: ["a/b", "c/d"] }, "p"],
      [{}, "\ud800"],
      [{}, "\udfff"],
      [{}, "\ufffd"],
    ];
    const keys = asked.map(([extras, prompt]) => cacheKey({ ...spec, ...extras }, prompt));
    assert.equal(new Set(keys).size, asked.length);
    for (const key of keys) assert.match(key, /^[0-9a-f]{64}$/);
    const orders = [{ a: 1, b: 2 }, { b: 2, a: 1 }].map((params) => cacheKey({ ...spec, params }, "p"));
    assert.equal(orders[0], orders[1], "the order of parameters means nothing");
  });
});

describe("the cache of responses", () => {
  it("keeps answers in files of the specification's shape, for this user alone", async () => {
    await using folder = await folderOf();
    const home = folder.file("home/cache");
    const { cache, notes } = cacheIn(home);
    const [key, other] = [keyOf(1), keyOf(2)];
    assert.equal(await cache.read(key), undefined);
    void cache.write(key, answer);
    void cache.write(other, { ...answer, output: { a: null } });
    await cache.settled();
    const created_at = "2026-01-02T00:00:00.000Z";
    const text = await readFile(folder.file(`home/cache/${key}.json`), "utf8");
    assert.deepEqual(JSON.parse(text), { ...answer, created_at });
    assert.equal((await stat(folder.file(`home/cache/${key}.json`))).mode & 0o777, 0o600);
    const again = cacheIn(home).cache;
    assert.deepEqual({ ...await again.read(key) }, { ...answer, created_at });
    assert.deepEqual((await again.read(other))?.output, { a: null });
    assert.deepEqual((await readdir(home)).sort(), [`${key}.json`, `${other}.json`].sort());
    assert.deepEqual(notes, []);
  });

  it("takes a broken file for a miss, says so once, and replaces it", async () => {
    const broken = ["", "{", "null", "[]", '{"provider":"p","model":"m"}', '{"response":1}'];
    await using folder = await folderOf(
      Object.fromEntries(broken.map((text, at) => [`${keyOf(at)}.json`, text])),
    );
    const { cache, notes } = cacheIn(folder.path);
    for (const at of broken.keys()) {
      assert.equal(await cache.read(keyOf(at)), undefined);
      await cache.write(keyOf(at), answer);
      await cache.settled();
      assert.equal((await cache.read(keyOf(at)))?.response, answer.response);
    }
    assert.equal(notes.length, 1);
    assert.match(notes[0] ?? "", /\.json is no cached response; it is asked again and replaced/);
  });

  it("never fails a row, and says once why it cannot read or write", async () => {
    await using folder = await folderOf({ taken: "a file" });
    const { cache, notes } = cacheIn(folder.file("taken"));
    for (let number = 0; number < 20; number++) {
      assert.equal(await cache.read(keyOf(number)), undefined);
      await cache.write(keyOf(number), answer);
    }
    await cache.settled();
    assert.equal(notes.length, 2, notes.join("\n"));
    assert.match(notes[0] ?? "", /cannot be read/);
    assert.match(notes[1] ?? "", /keeps nothing: cannot write .*taken.*LOOM_HOME/);
  });

  it("makes callers wait while many are being written, and writes them all", async () => {
    await using folder = await folderOf();
    const { cache } = cacheIn(folder.path);
    const waits = Array.from({ length: 200 }, (_, number) => cache.write(keyOf(number), answer));
    assert.ok(waits.filter((wait) => wait === undefined).length < 20);
    await Promise.all(waits);
    await cache.settled();
    assert.equal((await readdir(folder.path)).length, 200);
  });

  it("lets several write the same answer, and its folder be deleted meanwhile", async () => {
    await using folder = await folderOf();
    const home = folder.file("cache");
    const [one, two] = [cacheIn(home), cacheIn(home)];
    for (let round = 0; round < 10; round++) {
      const writes = [one, two].flatMap(({ cache }) =>
        [1, 2, 3].map((number) => cache.write(keyOf(number), answer))
      );
      await Promise.all(writes);
      await Promise.all([one.cache.settled(), two.cache.settled()]);
      assert.equal((await readdir(home)).length, 3);
      assert.equal((await one.cache.read(keyOf(2)))?.response, answer.response);
      await rm(home, { recursive: true });
    }
    assert.deepEqual([...one.notes, ...two.notes], []);
  });
});

describe("clearing the cache", () => {
  it("deletes answers and what crashes left of them, and nothing else", async () => {
    const kept = ["notes.json", `${"a".repeat(63)}.json`, `${"G".repeat(64)}.json`, "mine.tmp"];
    await using folder = await folderOf(Object.fromEntries(kept.map((name) => [name, "keep"])));
    const { cache } = cacheIn(folder.path);
    for (let number = 0; number < 600; number++) await cache.write(keyOf(number), answer);
    await cache.settled();
    await folder.write(`${keyOf(0)}.0a1b2c3d-0000-4000-8000-000000000000-12.tmp`, "12345");
    await mkdir(folder.file(`${keyOf(9999)}.json`));
    await symlink(folder.file("notes.json"), folder.file(`${keyOf(8888)}.json`));
    const size = await measureCache({ cache: folder.path });
    assert.equal(size.files, 601);
    assert.ok(size.bytes > 600 * 50);
    assert.deepEqual(await clearCache({ cache: folder.path }), size);
    assert.deepEqual((await readdir(folder.path)).sort(), [...kept, `${keyOf(9999)}.json`].sort());
    assert.deepEqual(await clearCache({ cache: folder.path }), { files: 0, bytes: 0 });
    assert.deepEqual(await clearCache({ cache: folder.file("absent") }), { files: 0, bytes: 0 });
    await failureOf(clearCache({ cache: folder.file("notes.json") }), "file-unreadable");
  });
});
