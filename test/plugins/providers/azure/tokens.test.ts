/** Tokens of Entra: kept, renewed ahead, by one request for many. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createTokens, type FetchToken } from "../../../../plugins/providers/azure/tokens.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { type FakeClock, fakeClock } from "../../../../src/testing/fake-clock.ts";

const { signal } = new AbortController();
const hourMs = 3_600_000;

function source(clock: FakeClock, fail: () => boolean = () => false): { fetch: FetchToken; asked: number } {
  const self = {
    asked: 0,
    fetch: () => {
      self.asked++;
      if (fail()) return Promise.reject(new Error("AADSTS700016: Application not found"));
      return Promise.resolve({ token: `t${self.asked}`, expiresOnTimestamp: clock.now() + hourMs });
    },
  };
  return self;
}

describe("tokens", () => {
  it("are fetched once for many callers, and kept", async () => {
    const clock = fakeClock();
    const from = source(clock);
    const tokens = createTokens(from.fetch, clock);
    const all = await Promise.all(Array.from({ length: 50 }, () => tokens.get(signal)));
    assert.deepEqual(new Set(all), new Set(["t1"]));
    assert.equal(tokens.get(signal), "t1", "no promise while it serves");
    assert.equal(from.asked, 1);
    assert.equal(clock.pending, 0);
  });

  it("are renewed ahead of their end, while the old one serves", async () => {
    const clock = fakeClock();
    const from = source(clock);
    const tokens = createTokens(from.fetch, clock);
    await tokens.get(signal);
    await clock.advance(hourMs - 4 * 60_000);
    assert.deepEqual([tokens.get(signal), tokens.get(signal)], ["t1", "t1"]);
    await clock.advance(0);
    assert.equal(tokens.get(signal), "t2");
    assert.equal(from.asked, 2);
  });

  it("that cannot be renewed serve to their end, and then the failure is told", async () => {
    const clock = fakeClock();
    let failing = false;
    const from = source(clock, () => failing);
    const tokens = createTokens(from.fetch, clock);
    await tokens.get(signal);
    failing = true;
    await clock.advance(hourMs - 4 * 60_000);
    assert.equal(tokens.get(signal), "t1");
    await clock.advance(1_000);
    assert.equal(tokens.get(signal), "t1");
    assert.equal(from.asked, 2, "it is not asked again at once");
    await clock.advance(4 * 60_000);
    await assert.rejects(
      async () => await tokens.get(signal),
      (error) => LoomError.is(error, "auth-rejected") && error.message.includes("AADSTS700016"),
    );
  });

  it("that never come are given up, and a caller who leaves is let go", async () => {
    const clock = fakeClock();
    const tokens = createTokens(() => new Promise(() => {}), clock);
    const leaving = new AbortController();
    const left = assert.rejects(async () => await tokens.get(leaving.signal), /gone/);
    const late = assert.rejects(
      async () => await tokens.get(signal),
      (error) => LoomError.is(error, "timed-out"),
    );
    leaving.abort(new Error("gone"));
    await left;
    await clock.advance(30_000);
    await late;
  });
});
