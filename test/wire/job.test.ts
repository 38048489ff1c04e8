/** Work that a vendor has begun: followed to its end, never begun twice. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Codec, Decoded, Pending, WireReplyHead, WireRequest } from "../../src/contract/dialect.ts";
import type { Json } from "../../src/contract/json.ts";
import { type LoomError, loomError } from "../../src/errors/index.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { fakeAttempting, fakeCancellation } from "../../src/testing/fake-context.ts";
import { follow } from "../../src/wire/job.ts";
import { failureOf } from "../support/failure.ts";
import { wireCodec } from "../support/wire-codec.ts";

const done = [{ type: "video", url: "https://films.example/1" }] as const;
const poll: WireRequest = { method: "GET", path: "/jobs/7", stream: false };

/** A job whose answers say `running`, `failed`, or that it is done. */
function job(change: Partial<Pending> = {}): Pending {
  const decode = (body: Json | Uint8Array): Decoded => {
    if (body === "running") return job(change);
    if (body === "failed") throw loomError("provider-failed", "the film tore", {});
    if (body === "filtered") throw loomError("content-filtered", "not such films", {});
    return done;
  };
  return { next: poll, jobId: "7", decode, ...change };
}

/** Follows a job whose polls are answered one after the other: a body, or an error to reject with. */
function run(answers: readonly (Json | LoomError)[], change: Partial<Pending> = {}) {
  const clock = fakeClock();
  const cancellation = fakeCancellation();
  const ctx = fakeAttempting({ clock, cancellation });
  const sent: { readonly path: string; readonly atMs: number }[] = [];
  const rest = [...answers];
  const codec: Codec = wireCodec();
  const ended = follow(job(change), ctx, {
    clock,
    random: () => 0,
    codec,
    send(_, codec, { path }) {
      sent.push({ path, atMs: clock.monotonic() });
      const answer = rest.shift();
      if (answer === undefined) return new Promise(() => {});
      if (answer instanceof Error) return Promise.reject(answer);
      const head = { status: 200, headers: {}, ctx } satisfies WireReplyHead;
      return Promise.resolve().then(() => ({ decoded: codec.decode(answer as Json, head) }));
    },
  });
  ended.catch(() => {});
  return { clock, cancellation, ctx, sent, ended };
}

const lost = () => loomError("connection-failed", "the connection was reset", {});

describe("follow()", () => {
  it("asks with growing waits until the answer is there", async () => {
    const { clock, sent, ended } = run(["running", "running", "running", "done"]);
    await clock.advance(60_000);
    assert.deepEqual(await ended, done);
    assert.deepEqual(sent.map(({ atMs }) => atMs), [1_000, 2_500, 4_750, 8_125]);
  });

  it("waits ten seconds at most, each wait up to a quarter shorter", async () => {
    const { clock, sent } = run(Array(12).fill("running"));
    await clock.advance(80_000);
    const waits = sent.map(({ atMs }, index) => atMs - (sent[index - 1]?.atMs ?? 0));
    assert.ok(waits.every((wait) => wait <= 10_000), String(waits));
    assert.equal(waits.at(-1), 10_000);
  });

  it("asks when the vendor says, and at once for a further step", async () => {
    const paths: string[] = [];
    const second: Pending = {
      next: { ...poll, path: "/files/9" },
      jobId: "7",
      waitMs: 0,
      decode: () => done,
    };
    const { clock, sent, ended } = run(["file", "bytes"], { waitMs: 20_000, decode: () => second });
    await clock.advance(20_000);
    assert.deepEqual(await ended, done);
    paths.push(...sent.map(({ path, atMs }) => `${path} ${atMs}`));
    assert.deepEqual(paths, ["/jobs/7 20000", "/files/9 20000"]);
  });

  it("survives polls that are lost, and notes them in the receipt", async () => {
    const { clock, ctx, ended } = run([
      "running",
      lost(),
      loomError("overloaded", "busy", {}, { status: 503 }),
      loomError("rate-limited", "slow down", {}, { status: 429, retryAfterMs: 30_000 }),
      "done",
    ]);
    await clock.advance(120_000);
    assert.deepEqual(await ended, done);
    const steps = ctx.ledger.receipt().steps.map(({ what, detail }) => [what, detail]);
    assert.deepEqual(steps, [
      ["job", { jobId: "7" }],
      ["poll-lost", { jobId: "7", code: "connection-failed" }],
      ["poll-lost", { jobId: "7", code: "overloaded" }],
      ["poll-lost", { jobId: "7", code: "rate-limited" }],
    ]);
  });

  it("gives up a job that nobody can see any more, and does not let it be paid for again", async () => {
    const { clock, sent, ended } = run(Array.from({ length: 30 }, lost));
    await clock.advance(600_000);
    const error = await failureOf(ended, "connection-failed");
    assert.equal(sent.length, 10);
    assert.equal(error.recovery, "never");
    assert.match(error.message, /job 7/);
  });

  const verdicts = [
    ["failed", "provider-failed", "next-target"],
    ["filtered", "content-filtered", "never"],
  ] as const;
  for (const [word, code, recovery] of verdicts) {
    it(`a job that ${word === "failed" ? "failed" : "was refused"} is not begun again`, async () => {
      const { clock, sent, ended } = run([word]);
      await clock.advance(10_000);
      const error = await failureOf(ended, code);
      assert.equal(error.recovery, recovery);
      assert.equal(sent.length, 1);
    });
  }

  it("a vendor that no longer knows the job ends it", async () => {
    const { clock, sent, ended } = run([loomError("model-not-found", "no such job", {}, { status: 404 })]);
    await clock.advance(10_000);
    assert.equal((await failureOf(ended, "model-not-found")).recovery, "never");
    assert.equal(sent.length, 1);
  });

  it("tells the vendor when the caller leaves, where it can be told", async () => {
    const cancel: WireRequest = { method: "POST", path: "/jobs/7/cancel", stream: false };
    const { clock, cancellation, sent, ended } = run(["running"], { cancel });
    await clock.advance(1_000);
    cancellation.cancel();
    await failureOf(ended, "aborted");
    await clock.advance(0);
    assert.deepEqual(sent.map(({ path }) => path), ["/jobs/7", "/jobs/7/cancel"]);
    await clock.advance(5_000);
    assert.equal(clock.pending, 0);
  });
});
