/** A vendor is killed in the middle of a crowd, and comes back: nobody hangs, nobody pays for what was not said, nothing is kept. */

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { startGateway, type TestGateway } from "../../../support/running-gateway.ts";
import { until } from "../../../support/server.ts";
import { ask, assertEnded, count, crowd, type Ending, report } from "./crowd.ts";
import { answerNanoUsd } from "./prices.ts";
import { type MortalVendor, startVendor } from "./vendor.ts";

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const key = "kills-key-0123456789abcdef";
const width = 200;
const perWave = 200;
const waves = 5;
/** The budget has room for all waves and some more, but not for much more. */
const limitNanoUsd = (waves * perWave + 2 * width + 60) * answerNanoUsd;

async function started(first: MortalVendor, second: MortalVendor): Promise<TestGateway> {
  const provider = ({ url }: MortalVendor) => ({ type: "openai", baseUrl: `${url}/v1`, apiKey: "sk-vendor" });
  const gateway = await startGateway({
    loom: {
      providers: { first: provider(first), second: provider(second) },
      limits: {},
      breaker: { resetMs: 300 },
      retry: { baseDelayMs: 20, maxDelayMs: 100 },
    },
    gateway: {
      models: { providers: ["first", "second"].map((name) => ({ name, models: ["gpt-4o-mini"] })) },
      keys: {
        list: [{
          key,
          concurrentRequests: width,
          budgets: [{ limitUsd: limitNanoUsd / 1e9, per: "total" }],
        }],
      },
    },
  });
  endings.push(() => gateway.close());
  return gateway;
}

async function begun(name: string): Promise<MortalVendor> {
  const vendor = await startVendor(name);
  endings.push(() => vendor.close());
  return vendor;
}

/** Each takes up to a tenth of a second, so that they end one after the other. */
function wave(gateway: TestGateway, name: string, size: number, waitMs?: number): Promise<readonly Ending[]> {
  return crowd(size, (index) => ({
    url: gateway.url ?? "",
    key,
    id: `${name}-${index}`,
    waitMs: waitMs ?? index % 11 * 10,
  }));
}

const saidBy = (name: string) => ({ how, text }: Ending) => how === "answered" && text.startsWith(name);

async function usageNanoUsd(gateway: TestGateway): Promise<number> {
  const { rows } = await (await gateway.admin("/ai/usage?last=1h")).json();
  return Math.round(rows[0].cost_usd * 1e9);
}

describe("a vendor that is killed in the middle of a crowd", () => {
  test("is stood in for, and used again when it is back", async (t) => {
    const [first, second] = await Promise.all([begun("first"), begun("second")]);
    const gateway = await started(first, second);
    const all: Ending[] = [];
    const spent = () => first.nanoUsd + second.nanoUsd;
    const idle = () =>
      until("nothing is under way", () => {
        const { inFlight } = gateway.generation.gateway;
        return inFlight + first.open + second.open === 0;
      });
    let stoodIn = 0;
    const usedAgain = async () => {
      await first.revive();
      for (let tries = 0;; tries++) {
        assert.ok(tries < 40, "the vendor that is back is not used");
        const one = await ask({ url: gateway.url ?? "", key, id: `probe-${tries}` });
        all.push(one);
        assertEnded([one]);
        if (saidBy("first")(one)) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };

    for (let round = 0; round < waves; round++) {
      // Dead from the middle of the second wave to the end of the third, and again in the fourth.
      if (round === 1 || round === 3) await first.dieAfter(120);
      const ends = await wave(gateway, `wave${round}`, perWave);
      all.push(...ends);
      assertEnded(ends);
      assert.deepEqual(ends.filter(({ how }) => how === "refused"), []);
      const broken = ends.filter(({ how }) => how === "broken");
      for (const { text } of broken) assert.match(text, /^first/);
      const bySecond = count(ends, saidBy("second"));
      stoodIn += bySecond;
      if (round === 0) assert.equal(count(ends, saidBy("first")), perWave);
      if (round === 1 || round === 3) {
        await until("the first vendor is gone", () => !first.alive);
        assert.ok(broken.length > 0 && bySecond > 0, "it did not die in the middle");
      } else assert.equal(broken.length, 0);
      if (round === 2) {
        assert.equal(bySecond, perWave);
        await usedAgain();
      }
      await idle();
    }
    assert.equal(await usageNanoUsd(gateway), spent());

    // All places of the key are free, and there is not one more.
    const held = wave(gateway, "held", width, 2_500);
    await until("all are with the vendors", () => first.open + second.open === width, 8_000);
    const over = await ask({ url: gateway.url ?? "", key, id: "over" });
    assert.deepEqual([over.status, over.how], [429, "refused"]);
    const heldEnds = await held;
    assertEnded(heldEnds);
    assert.equal(count(heldEnds, ({ how }) => how === "answered"), width);
    all.push(...heldEnds, over);
    await idle();

    // The budget is used to its end and no further: what was counted is what the vendors said.
    while (limitNanoUsd - spent() >= 100 * answerNanoUsd) {
      const more = await wave(gateway, `more${all.length}`, 90, 0);
      assert.equal(count(more, ({ how }) => how === "answered"), 90);
      all.push(...more);
      await idle();
    }
    const room = Math.floor((limitNanoUsd - spent()) / answerNanoUsd);
    const last = await wave(gateway, "last", room + 40, 0);
    assertEnded(last);
    assert.equal(count(last, ({ how }) => how === "answered"), room);
    assert.deepEqual(
      [...new Set(last.filter(({ how }) => how === "refused").map(({ status, code }) => `${status} ${code}`))]
        .sort(),
      ["429 insufficient_quota", "429 rate_limit_error"],
    );
    all.push(...last);
    await idle();
    const counted = await usageNanoUsd(gateway);
    assert.equal(counted, spent());
    assert.ok(spent() <= limitNanoUsd && limitNanoUsd - spent() < answerNanoUsd);

    await gateway.close();
    await until("no connection to a vendor is left", () => first.connections + second.connections === 0);
    const failedOver = [...first.asked.keys()].filter((id) => second.asked.has(id)).length;
    assert.ok(failedOver > 0);
    const figures = { "answered by the other": stoodIn, "failed over under way": failedOver };
    report(t, all, { ...figures, "nano-USD said": spent(), counted });
  });
});
