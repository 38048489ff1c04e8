/** observe and transform: the same for whole and streamed replies, one end each, and faults that stay typed. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Part } from "../../src/contract/part.ts";
import type { Outcome, Reply } from "../../src/contract/reply.ts";
import { abortedError, collect, observe, replay, transform, wholeReply } from "../../src/kernel/index.ts";
import { LoomError, loomError } from "../../src/errors/index.ts";
import { fakeTarget } from "../../src/testing/fake-context.ts";
import { failed, finish, record, scripted, settle, text } from "./scripted.ts";

const head = { target: fakeTarget(), origin: "vendor" } as const;
const parts = [text("a"), text("b"), finish];

const forms: readonly [string, () => Reply][] = [
  ["a whole reply", () => wholeReply(head, parts)],
  ["a streamed reply", () => replay(head, parts)],
];

describe("observe", () => {
  for (const [name, make] of forms) {
    it(`sees every part of ${name} in order and one end`, async () => {
      const seen: Part[] = [];
      const ends: Outcome[] = [];
      const reply = observe(make(), {
        part: (part) => void seen.push(part),
        end: (outcome) => void ends.push(outcome),
      });
      assert.deepEqual(await collect(reply), parts);
      assert.deepEqual(seen, parts);
      assert.deepEqual(ends, [{ status: "ok" }]);
    });

    it(`fails ${name} with "internal" when its observer throws at a part, and still tells it the end once`, async () => {
      const ends: Outcome[] = [];
      await assert.rejects(
        async () =>
          await collect(observe(make(), {
            part: () => {
              throw new TypeError("oops");
            },
            end: (outcome) => void ends.push(outcome),
          })),
        (error) => LoomError.is(error, "internal") && error.message.includes("oops"),
      );
      assert.deepEqual(ends.map(({ status }) => status), ["failed"]);
    });

    it(`fails ${name} with "internal" when its observer throws at the end`, async () => {
      await assert.rejects(
        async () =>
          await collect(observe(make(), {
            end: () => {
              throw new TypeError("oops");
            },
          })),
        (error) => LoomError.is(error, "internal"),
      );
    });

    it(`lets a LoomError that an observer of ${name} throws through as it is`, async () => {
      const blocked = loomError("guard-blocked", "no", { guard: "g" });
      const throwing = {
        part: () => {
          throw blocked;
        },
      };
      await assert.rejects(
        async () => await collect(observe(make(), throwing)),
        (error) => error === blocked,
      );
    });
  }

  it("lets go of the source when an observer throws, and delivers nothing more", () => {
    const source = scripted({ obeysCancel: false });
    const reader = record(observe(source.reply, {
      part: (part) => {
        if (part === finish) throw new Error("oops");
      },
    }));
    source.push(text("a"));
    source.push(finish);
    source.push(text("late"));
    source.end();
    assert.equal(reader.text, "a");
    assert.deepEqual(source.asked, ["cancel"]);
    assert.deepEqual(reader.outcomes.map(({ status }) => status), ["failed"]);
  });

  it("keeps a failure a failure when the observer throws at it", () => {
    const broken = loomError("stream-broken", "cut", { partsSeen: 1 });
    const source = scripted();
    const reader = record(observe(source.reply, {
      end: () => {
        throw new Error("oops");
      },
    }));
    source.end(failed(broken));
    assert.deepEqual(reader.outcomes, [failed(broken)]);
  });

  it("tells of a reader who leaves, once, and hands its pauses to the source", () => {
    const source = scripted();
    const ends: Outcome[] = [];
    const reader = record(observe(source.reply, { end: (outcome) => void ends.push(outcome) }));
    reader.flow.pause();
    reader.flow.resume();
    reader.flow.cancel(abortedError());
    reader.flow.cancel(abortedError());
    source.end();
    assert.deepEqual(source.asked, ["pause", "resume", "cancel", "cancel"]);
    assert.deepEqual(ends.map(({ status }) => status), ["cancelled"]);
    assert.equal(reader.outcomes.length, 1);
  });

  it("costs a whole reply nothing: it is given back itself", () => {
    const reply = wholeReply(head, parts);
    assert.equal(observe(reply, {}), reply);
  });
});

describe("transform", () => {
  const shout = {
    batch: (batch: readonly Part[]) =>
      batch.map((part) => part.type === "text" ? text(part.text.toUpperCase()) : part),
    flush: () => [text("!")],
  };

  for (const [name, make] of forms) {
    it(`rewrites ${name} and adds what was held back`, async () => {
      assert.deepEqual(await collect(transform(make(), shout)), [text("A"), text("B"), finish, text("!")]);
    });

    for (const hook of ["batch", "flush"] as const) {
      it(`fails ${name} when ${hook} throws`, async () => {
        const faulty = {
          batch: (batch: readonly Part[]) => batch,
          [hook]: () => {
            throw new Error("oops");
          },
        };
        await assert.rejects(
          async () => await collect(transform(make(), faulty)),
          (error) => LoomError.is(error, "internal"),
        );
      });
    }
  }

  it("delivers no empty batches", async () => {
    const source = scripted();
    let batches = 0;
    transform(source.reply, { batch: () => [] }).flow({ parts: () => void batches++, end: () => {} });
    source.push(text("a"));
    await settle();
    assert.equal(batches, 0);
  });
});
