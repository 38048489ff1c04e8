/** tracingWanted and tracingLinks: nothing is made unless an SDK is there that can be used. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { AlwaysOffSampler } from "@opentelemetry/sdk-trace";
import { registeredTelemetry, tracingWanted } from "../../src/middleware/tracing-detect.ts";
import type { Logger } from "../../src/contract/services.ts";
import { fakeTarget } from "../../src/testing/fake-context.ts";
import { bench, withSdk } from "./tracing-bench.ts";

const registryKey = Symbol.for("opentelemetry.js.api.1");
const open = () => ({ parts: [{ type: "text", text: "hi" } as const] });

/** Remembers warnings. */
function listening(): { readonly logger: Logger; readonly warnings: string[] } {
  const warnings: string[] = [];
  const ignore = () => {};
  return {
    logger: { debug: ignore, info: ignore, warn: (text) => void warnings.push(text), error: ignore },
    warnings,
  };
}

/** Puts something else in the place of what is registered. */
async function withRegistered(registered: object, use: () => Promise<void>): Promise<void> {
  const slot = globalThis as { [key: symbol]: unknown };
  const before = slot[registryKey];
  slot[registryKey] = registered;
  try {
    await use();
  } finally {
    if (before === undefined) delete slot[registryKey];
    else slot[registryKey] = before;
  }
}

describe("tracingWanted", () => {
  const cases = [
    { name: "nothing", sdk: { traces: false, metrics: false, contexts: false }, wanted: false },
    { name: "a context manager alone", sdk: { traces: false, metrics: false }, wanted: false },
    { name: "traces", sdk: { metrics: false }, wanted: true },
    { name: "metrics", sdk: { traces: false }, wanted: true },
    { name: "both", sdk: {}, wanted: true },
  ];
  for (const { name, sdk, wanted } of cases) {
    it(`is ${wanted} with ${name} registered, and false again when that is taken back`, async () => {
      await withSdk(sdk, () => Promise.resolve(assert.equal(tracingWanted(), wanted)));
      assert.equal(tracingWanted(), false);
    });
  }

  it("costs no import", () => {
    const source = readFileSync(new URL("../../src/middleware/tracing-detect.ts", import.meta.url), "utf8");
    assert.match(source, /export function tracingWanted/);
    assert.doesNotMatch(source, /\bimport\b|\bfrom "/);
  });

  it("reads what other copies of the API have registered, such as Deno's own", async () => {
    await withRegistered({ version: "1.999.999", trace: {} }, () => {
      assert.equal(tracingWanted(), true);
      assert.equal(registeredTelemetry().version, "1.999.999");
      return Promise.resolve();
    });
  });
});

describe("tracingLinks", () => {
  it("makes no links without an SDK, and calls run as ever", async () => {
    const { logger, warnings } = listening();
    const { links, run } = bench({ open, logger });
    assert.deepEqual(links, []);
    assert.deepEqual((await run().reply).parts, [{ type: "text", text: "hi" }]);
    assert.deepEqual(warnings, []);
  });

  it("makes no links for an API it cannot work with, and says so", async () => {
    await withRegistered({ version: "1.2.0", trace: {}, metrics: {} }, () => {
      const { logger, warnings } = listening();
      assert.deepEqual(bench({ open, logger }).links, []);
      assert.equal(warnings.length, 1);
      assert.match(String(warnings[0]), /@opentelemetry\/api 1\.2\.0/);
      return Promise.resolve();
    });
  });

  it("makes two links, around everything and around the adapter", async () => {
    await withSdk({}, () => {
      const { links } = bench({ open });
      assert.deepEqual(links.map(({ name, stage, before }) => ({ name, stage, before })), [
        { name: "trace-call", stage: "telemetry", before: true },
        { name: "trace-attempt", stage: "adapter", before: true },
      ]);
      return Promise.resolve();
    });
  });

  it("asks for its tracer with version and schema", async () => {
    await withSdk({}, async ({ span }) => {
      const reply = await bench({ open }).run().reply;
      assert.deepEqual(reply.target, fakeTarget());
      const { instrumentationScope } = await span("loom text");
      assert.deepEqual(instrumentationScope, {
        name: "loom-router",
        version: "1.2.3",
        schemaUrl: "https://opentelemetry.io/schemas/1.41.0",
      });
    });
  });

  it("builds nothing for spans that are not sampled when nothing is measured", async () => {
    await withSdk({ sampler: new AlwaysOffSampler(), metrics: false }, async ({ spans }) => {
      let receipts = 0;
      const { run } = bench({
        open,
        middleware: [{
          name: "count",
          stage: "cost",
          before: true,
          handle(ctx, next) {
            const receipt = ctx.ledger.receipt.bind(ctx.ledger);
            ctx.ledger.receipt = () => {
              receipts++;
              return receipt();
            };
            return next();
          },
        }],
      });
      await run().reply;
      assert.equal(receipts, 0);
      assert.deepEqual(await spans(), []);
    });
  });
});
