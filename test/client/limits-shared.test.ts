/** Limits of several Looms that share a store: one budget for all of them, and no call uncounted when the store is gone. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Catalog, type Loom, type LoomError, type LoomOptions } from "../../src/index.ts";
import { failureOf } from "../support/failure.ts";
import { folderOf } from "../support/folder.ts";
import { bareLoom } from "../support/looms.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let server: TestRedis;
before(async () => server = await startRedis());
after(() => server.kill());

const catalog = () =>
  Catalog.fromText(`
sandbox:
  modalities:
    text:
      - { id: priced, model: sandbox-small, input_usd_per_1m: 1, output_usd_per_1m: 1 }
`);

function sharing(namespace: string, limits: LoomOptions["limits"] & object): Loom {
  const store = { type: "redis" as const, url: server.url, namespace, commandTimeoutMs: 5_000 };
  return bareLoom({ catalog: catalog(), dedup: false, store, limits });
}

const ask = (loom: Loom, prompt: string) =>
  loom.generate({ provider: "sandbox", model: "priced", prompt, params: { max_tokens: 60 } });

async function outcomes(looms: readonly Loom[], calls: number) {
  const results = await Promise.all(
    Array.from(
      { length: calls },
      (_, index) =>
        ask(looms[index % looms.length] as Loom, `hello ${index}`).then(
          ({ cost }) => cost.usd ?? NaN,
          (error: LoomError) => error.code,
        ),
    ),
  );
  const paid = results.filter((one) => typeof one === "number");
  return { paid, codes: new Set(results.filter((one) => typeof one === "string")) };
}

describe("Looms that share a Redis", () => {
  it("share requests per minute, requests at once and the budget, over 200 calls at once", async () => {
    await using one = sharing("requests", { all: [{ scope: "all", requestsPerMinute: 41 }] });
    await using two = sharing("requests", { all: [{ scope: "all", requestsPerMinute: 41 }] });
    const requests = await outcomes([one, two], 200);
    assert.ok(requests.paid.length <= 41 && requests.paid.length >= 40, `${requests.paid.length} passed`);
    assert.deepEqual([...requests.codes], ["limit-exceeded"]);

    const budget = { all: [{ scope: "all", budgets: [{ limitUsd: 0.002, per: "total" as const }] }] };
    await using three = sharing("budget", budget);
    await using four = sharing("budget", budget);
    let spentUsd = 0;
    for (let round = 0; round < 6; round++) {
      for (const usd of (await outcomes([three, four], 200)).paid) spentUsd += usd;
    }
    assert.ok(spentUsd <= 0.002 + 1e-12 && spentUsd > 0.0019, `${spentUsd} USD were spent`);
  });

  it("refuse calls while it is gone, and go on when it is back", { timeout: 60_000 }, async () => {
    await using loom = sharing("gone", { all: [{ scope: "all", concurrentRequests: 5 }] });
    await ask(loom, "before");
    await server.kill();
    const error = await failureOf(ask(loom, "while it is gone"), "connection-failed");
    assert.equal(error.status, 503);
    assert.match(error.message, /the store that keeps limits and budgets cannot be asked/);
    await server.start();
    for (let tries = 0;; tries++) {
      const again = await ask(loom, `after ${tries}`).then(() => "ok", (fault: LoomError) => fault.code);
      if (again === "ok") break;
      assert.ok(tries < 200, again);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
});

describe("a Loom with a file", () => {
  it("goes on after a restart where it was", async () => {
    await using folder = await folderOf();
    const options = {
      catalog: catalog(),
      store: { type: "sqlite" as const, path: folder.file("loom.db") },
      limits: { all: [{ scope: "all", budgets: [{ limitUsd: 0.00016, per: "month" as const }] }] },
    };
    let passed = 0;
    for (let run = 0; run < 6; run++) {
      await using loom = bareLoom(options);
      passed += (await outcomes([loom], 1)).paid.length;
    }
    assert.equal(passed, 2);
  });
});
