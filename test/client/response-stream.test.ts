/** A running answer in the caller's hands: events, text, result, several readers, leaving early, and who waits for whom. */

import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { ResponseStream } from "../../src/client/response-stream.ts";
import type { LoomErrorLike } from "../../src/contract/errors.ts";
import type { Part } from "../../src/contract/part.ts";
import type { Flow, Outcome, Receiver } from "../../src/contract/reply.ts";
import { loomError } from "../../src/errors/index.ts";

const unhandled: unknown[] = [];
const note = (error: unknown) => void unhandled.push(error);
before(() => void process.on("unhandledRejection", note));
after(async () => {
  await turn();
  process.off("unhandledRejection", note);
  assert.deepEqual(unhandled, []);
});

/** Lets promises settle, unhandled ones be reported too. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function text(value: string): Part {
  return { type: "text", text: value };
}

const finish: Part = { type: "finish", reason: "stop" };
const broken = loomError("stream-broken", "it broke", { partsSeen: 1 });

/** A stream whose source a test plays by hand. */
function played({ begins = true } = {}) {
  const asked: string[] = [];
  const reasons: LoomErrorLike[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<Flow>();
  let receiver: Receiver | undefined;
  const flow: Flow = {
    pause: () => void asked.push("pause"),
    resume: () => void asked.push("resume"),
    cancel: (reason) => {
      asked.push("cancel");
      receiver?.end({ status: "cancelled", error: reason });
    },
  };
  const stream = new ResponseStream<string>(
    (given) => {
      receiver = given;
      return promise;
    },
    (parts) => parts.map((part) => part.type === "text" ? part.text : "").join(""),
    (reason) => void reasons.push(reason),
  );
  if (begins) resolve(flow);
  return {
    stream,
    asked,
    reasons,
    begin: () => resolve(flow),
    refuse: (error: unknown) => reject(error),
    push: (...parts: Part[]) => receiver?.parts(parts),
    end: (outcome: Outcome = { status: "ok" }) => receiver?.end(outcome),
  };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("ResponseStream", () => {
  it("gives the parts in order, as they come", async () => {
    const { stream, push, end } = played();
    const iterator = stream[Symbol.asyncIterator]();
    const first = iterator.next();
    push(text("a"), text("b"));
    assert.deepEqual(await first, { done: false, value: text("a") });
    assert.deepEqual(await iterator.next(), { done: false, value: text("b") });
    const third = iterator.next();
    push(finish);
    end();
    assert.deepEqual(await third, { done: false, value: finish });
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  });

  it("gives the text alone", async () => {
    const { stream, push, end } = played();
    push(
      { type: "reasoning", text: "hm" },
      text("a"),
      { type: "usage", usage: {} as never },
      text("b"),
      finish,
    );
    end();
    assert.deepEqual(await all(stream.textStream), ["a", "b"]);
  });

  it("serves several next() at once, in order", async () => {
    const { stream, push, end } = played();
    const iterator = stream[Symbol.asyncIterator]();
    const asked = [iterator.next(), iterator.next(), iterator.next(), iterator.next()];
    push(text("a"));
    push(text("b"));
    end();
    assert.deepEqual(
      (await Promise.all(asked)).map(({ done, value }) => done ? "done" : (value as { text: string }).text),
      [
        "a",
        "b",
        "done",
        "done",
      ],
    );
  });

  it("gives events, text and result in any combination, to readers that come late too", async () => {
    const { stream, push, end } = played();
    push(text("a"));
    const events = all(stream);
    const texts = all(stream.textStream);
    const { result } = stream;
    push(text("b"), finish);
    end();
    assert.deepEqual(await events, [text("a"), text("b"), finish]);
    assert.deepEqual(await texts, ["a", "b"]);
    assert.equal(await result, "ab");
    assert.equal(await stream.result, "ab");
    assert.deepEqual(await all(stream.textStream), ["a", "b"]);
  });

  it("makes the result once", async () => {
    let made = 0;
    const stream = new ResponseStream<number>(
      (receiver) => {
        queueMicrotask(() => receiver.end({ status: "ok" }));
        return Promise.resolve({ pause() {}, resume() {}, cancel() {} });
      },
      () => ++made,
      () => {},
    );
    assert.deepEqual(await Promise.all([stream.result, stream.result]), [1, 1]);
  });

  it("needs nobody who iterates", async () => {
    const { stream, push, end } = played();
    const { result } = stream;
    push(text("a"));
    end();
    assert.equal(await result, "a");
  });

  it("rejects the result with what making it throws", async () => {
    const stream = new ResponseStream<string>(
      (receiver) => {
        queueMicrotask(() => receiver.end({ status: "ok" }));
        return Promise.resolve({ pause() {}, resume() {}, cancel() {} });
      },
      () => Promise.reject(broken),
      () => {},
    );
    await assert.rejects(stream.result, (error) => error === broken);
  });
});

describe("a ResponseStream that fails", () => {
  it("gives what came, then throws once, then is done", async () => {
    const { stream, push, end } = played();
    push(text("a"));
    end({ status: "failed", error: broken });
    const iterator = stream[Symbol.asyncIterator]();
    assert.deepEqual(await iterator.next(), { done: false, value: text("a") });
    await assert.rejects(iterator.next(), (error) => error === broken);
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  });

  it("throws once although several next() wait", async () => {
    const { stream, end } = played();
    const iterator = stream[Symbol.asyncIterator]();
    const asked = [iterator.next(), iterator.next()] as const;
    end({ status: "failed", error: broken });
    await assert.rejects(asked[0], (error) => error === broken);
    assert.equal((await asked[1]).done, true);
  });

  it("rejects every reader and the result", async () => {
    const { stream, push, end } = played();
    const readers = [all(stream), all(stream.textStream), stream.result];
    push(text("a"));
    end({ status: "failed", error: broken });
    for (const reader of readers) {
      await assert.rejects(reader as Promise<unknown>, (error) => error === broken);
    }
    await assert.rejects(all(stream), (error) => error === broken);
  });

  it("rejects all the same when the call never began", async () => {
    const { stream, refuse } = played({ begins: false });
    refuse(broken);
    await assert.rejects(all(stream), (error) => error === broken);
    await assert.rejects(stream.result, (error) => error === broken);
  });

  it("troubles nobody when nobody reads", async () => {
    played({ begins: false }).refuse(broken);
    played().end({ status: "failed", error: broken });
    await turn();
    assert.deepEqual(unhandled, []);
  });

  it("troubles nobody when the result was asked for but the loop threw first", async () => {
    const { stream, push, end } = played();
    const { result } = stream;
    push(text("a"));
    end({ status: "failed", error: broken });
    await assert.rejects(all(stream), (error) => error === broken);
    await turn();
    assert.deepEqual(unhandled, []);
    await assert.rejects(result, (error) => error === broken);
  });

  it("keeps the first end it is told", async () => {
    const { stream, end } = played();
    end();
    end({ status: "failed", error: broken });
    assert.deepEqual(await all(stream), []);
    assert.equal(await stream.result, "");
  });
});

describe("a ResponseStream that is left", () => {
  it("by break: gives the call up", async () => {
    const { stream, push, asked, reasons } = played();
    push(text("a"), text("b"));
    for await (const _ of stream) break;
    await turn();
    assert.deepEqual(asked, ["cancel"]);
    assert.deepEqual(reasons.map(({ code }) => code), ["aborted"]);
    await assert.rejects(stream.result, { code: "aborted" });
  });

  it("by break: goes on when the result was asked for", async () => {
    const { stream, push, end, asked, reasons } = played();
    const { result } = stream;
    push(text("a"));
    for await (const _ of stream) break;
    push(text("b"));
    end();
    assert.equal(await result, "ab");
    assert.deepEqual([asked, reasons], [[], []]);
  });

  it("by break: goes on when somebody else still reads", async () => {
    const { stream, push, end, asked } = played();
    push(text("a"));
    const others = all(stream.textStream);
    for await (const _ of stream) break;
    push(text("b"));
    end();
    assert.deepEqual(await others, ["a", "b"]);
    assert.deepEqual(asked, []);
  });

  it("by return(): waiting next() are done, later ones too", async () => {
    const { stream, push } = played();
    const iterator = stream[Symbol.asyncIterator]();
    const waiting = iterator.next();
    assert.equal((await iterator.return?.())?.done, true);
    assert.equal((await waiting).done, true);
    push(text("late"));
    assert.equal((await iterator.next()).done, true);
    assert.equal((await iterator.return?.())?.done, true);
  });

  it("after its end: nothing is given up", async () => {
    const { stream, push, end, asked, reasons } = played();
    push(text("a"));
    end();
    for await (const _ of stream) break;
    stream.cancel();
    assert.deepEqual([asked, reasons], [[], []]);
    assert.equal(await stream.result, "a");
  });

  it("by cancel(): loops and result reject with `aborted`, once", async () => {
    const { stream, push, asked, reasons } = played();
    const reader = all(stream);
    push(text("a"));
    await turn();
    stream.cancel();
    stream.cancel();
    await assert.rejects(reader, { code: "aborted" });
    await assert.rejects(stream.result, { code: "aborted" });
    assert.deepEqual([asked, reasons.length], [["cancel"], 1]);
  });

  it("by cancel() before the call began: reaches it when it does", async () => {
    const { stream, begin, asked, reasons } = played({ begins: false });
    stream.cancel();
    assert.equal(reasons.length, 1);
    begin();
    await turn();
    assert.deepEqual(asked, ["cancel"]);
    await assert.rejects(stream.result, { code: "aborted" });
  });

  it("by cancel() before the call began, which then never does", async () => {
    const { stream, refuse, reasons } = played({ begins: false });
    stream.cancel();
    refuse(reasons[0]);
    await assert.rejects(all(stream), { code: "aborted" });
  });
});

describe("back-pressure of a ResponseStream", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => text(`${index}`));

  it("asks the source to wait above 512 unread parts and to go on at 128", async () => {
    const { stream, push, asked } = played();
    await turn();
    const iterator = stream[Symbol.asyncIterator]();
    push(...many(512));
    assert.deepEqual(asked, []);
    push(text("513"));
    push(text("514"));
    assert.deepEqual(asked, ["pause"]);
    for (let unread = 514; unread > 129; unread--) await iterator.next();
    assert.deepEqual(asked, ["pause"]);
    await iterator.next();
    assert.deepEqual(asked, ["pause", "resume"]);
    push(...many(400));
    assert.deepEqual(asked, ["pause", "resume", "pause"]);
  });

  it("asks as soon as the call begins, when the parts came before", async () => {
    const { push, begin, asked } = played({ begins: false });
    push(...many(600));
    begin();
    await turn();
    assert.deepEqual(asked, ["pause"]);
  });

  it("waits for the slowest reader", async () => {
    const { stream, push, asked } = played();
    await turn();
    const slow = stream[Symbol.asyncIterator]();
    const fast = stream[Symbol.asyncIterator]();
    push(...many(600));
    for (let index = 0; index < 600; index++) await fast.next();
    assert.deepEqual(asked, ["pause"]);
    for (let index = 0; index < 472; index++) await slow.next();
    assert.deepEqual(asked, ["pause", "resume"]);
  });

  it("goes on for the others when the slowest reader leaves", async () => {
    const { stream, push, end, asked } = played();
    await turn();
    const slow = stream[Symbol.asyncIterator]();
    const fast = all(stream);
    push(...many(600));
    await turn();
    assert.deepEqual(asked, ["pause"]);
    await slow.return?.();
    assert.deepEqual(asked, ["pause", "resume"]);
    end();
    assert.equal((await fast).length, 600);
  });

  it("waits for nobody once the result was asked for", async () => {
    const { stream, push, asked, end } = played();
    await turn();
    push(...many(600));
    assert.deepEqual(asked, ["pause"]);
    const { result } = stream;
    assert.deepEqual(asked, ["pause", "resume"]);
    push(...many(2_000));
    assert.deepEqual(asked, ["pause", "resume"]);
    end();
    assert.equal((await result).length > 2_600, true);
  });
});
