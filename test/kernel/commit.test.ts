/** The commit point: retried before it, untouched after it, and never a lost or doubled end. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Part } from "../../src/contract/part.ts";
import { abortedError, collect, commit, replay, wholeReply } from "../../src/kernel/index.ts";
import { loomError } from "../../src/errors/index.ts";
import { fakeTarget } from "../../src/testing/fake-context.ts";
import { failed, finish, record, scripted, settle, text } from "./scripted.ts";

const head = { target: fakeTarget(), origin: "vendor" } as const;
const broken = loomError("stream-broken", "cut", { partsSeen: 0 });

describe("commit", () => {
  it("gives a whole reply back as it is", async () => {
    const reply = wholeReply(head, [text("hi")]);
    assert.equal(await commit(reply), reply);
  });

  it("settles at the first content part, not at what comes before it", async () => {
    const source = scripted();
    let settled = false;
    const committed = commit(source.reply).then((reply) => (settled = true, reply));
    const silent: Part[] = [
      { type: "response", id: "r1" },
      { type: "text", text: "" },
      { type: "warning", code: "w", message: "m" },
    ];
    source.push(...silent);
    await settle();
    assert.equal(settled, false);
    source.push(text("hi"));
    const reply = await committed;
    assert.equal(reply.requestId, "req-1");
    const reader = record(reply);
    await settle();
    assert.deepEqual(reader.parts, [...silent, text("hi")]);
    source.push(text(" there"));
    source.end();
    assert.equal(reader.text, "hi there");
    assert.deepEqual(reader.outcomes, [{ status: "ok" }]);
  });

  it("settles at a good end without any content", async () => {
    const source = scripted();
    const committed = commit(source.reply);
    source.push(finish);
    source.end();
    assert.deepEqual(await collect(await committed), [finish]);
  });

  for (const status of ["failed", "cancelled"] as const) {
    it(`rejects with what ended the stream as ${status} before any content`, async () => {
      const source = scripted();
      const committed = commit(source.reply);
      source.push({ type: "response", id: "r1" });
      source.end({ status, error: broken });
      await assert.rejects(committed, (error) => error === broken);
    });
  }

  it("hands a failure after the first content to the reader, with what came before it", async () => {
    const source = scripted();
    const committed = commit(source.reply);
    source.push(text("half"));
    source.end(failed(broken));
    const reader = record(await committed);
    assert.deepEqual(reader.parts, [], "nothing is delivered before flow has returned");
    await settle();
    assert.equal(reader.text, "half");
    assert.deepEqual(reader.outcomes, [failed(broken)]);
  });

  it("asks a source to pause when nobody comes to read, and to go on once all is handed over", async () => {
    const source = scripted();
    const committed = commit(source.reply);
    for (let index = 0; index < 100; index++) source.push(text("."));
    assert.deepEqual(source.asked, ["pause"]);
    const reader = record(await committed);
    await settle();
    assert.equal(reader.text.length, 100);
    assert.deepEqual(source.asked, ["pause", "resume"]);
  });

  it("holds the rest back while the reader pauses in the middle of the hand-over", async () => {
    const source = scripted();
    const committed = commit(source.reply);
    source.push(text("a"));
    source.push(text("b"));
    const reader = record(await committed, (_, flow) => flow.pause());
    await settle();
    assert.equal(reader.text, "a");
    source.push(text("c"));
    reader.flow.resume();
    await settle();
    assert.equal(reader.text, "ab");
    reader.flow.resume();
    await settle();
    assert.equal(reader.text, "abc");
  });

  it("passes on a pause that came with the last held batch", async () => {
    const source = scripted();
    const committed = commit(source.reply);
    source.push(text("a"));
    const reader = record(await committed, (_, flow) => flow.pause());
    await settle();
    assert.deepEqual(source.asked, ["pause"]);
    reader.flow.resume();
    assert.deepEqual(source.asked, ["pause", "resume"]);
  });

  it("passes pause, resume and cancel straight on once it is live", async () => {
    const source = scripted();
    const committed = commit(source.reply);
    source.push(text("a"));
    const reader = record(await committed);
    await settle();
    reader.flow.pause();
    reader.flow.resume();
    reader.flow.cancel(abortedError());
    reader.flow.cancel(abortedError());
    assert.deepEqual(source.asked, ["pause", "resume", "cancel", "cancel"]);
    assert.deepEqual(reader.outcomes.map(({ status }) => status), ["cancelled"]);
  });

  it("cancels a source that still runs when the reader leaves before the hand-over", async () => {
    const source = scripted();
    const committed = commit(source.reply);
    source.push(text("a"));
    const reader = record(await committed);
    reader.flow.cancel(abortedError());
    await settle();
    assert.deepEqual(source.asked, ["cancel"]);
    assert.deepEqual(reader.parts, []);
    assert.deepEqual(reader.outcomes.map(({ status }) => status), ["cancelled"]);
  });

  it("does not tell a reader who left early that it had all of an ended stream", async () => {
    const source = scripted();
    const committed = commit(source.reply);
    source.push(text("a"));
    source.push(text("b"));
    source.end();
    const reader = record(await committed, (_, flow) => flow.cancel(abortedError()));
    await settle();
    assert.equal(reader.text, "a");
    assert.deepEqual(reader.outcomes.map(({ status }) => status), ["cancelled"]);
  });

  it("works on its own result, as when retry, breaker and failover each commit", async () => {
    const parts = [text("a"), text("b"), finish];
    const reply = await commit(await commit(await commit(replay(head, parts))));
    assert.deepEqual(await collect(reply), parts);
  });
});
