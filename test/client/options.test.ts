/** Options: each wrong one is named, with what was expected, when the Loom is made or at the latest when it opens. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Catalog, Loom, type LoomOptions } from "../../src/index.ts";
import { CLOCK } from "../../src/plugin.ts";
import { failureOf } from "../support/failure.ts";
import { bareLoom } from "../support/looms.ts";

/** Options as somebody without a compiler may write them. */
type Wrong = { readonly [option: string]: unknown };

const atConstruction: readonly (readonly [wrong: Wrong | null | string, path: string, says: RegExp])[] = [
  [null, "options", /must be an object/],
  ["openai", "options", /must be an object/],
  [{ apiKey: "sk-1" }, "apiKey", /not an option; options are apiKeys/],
  [{ apiKeys: ["sk-1"] }, "apiKeys", /plain object/],
  [{ apiKeys: { OPENAI_API_KEY: "" } }, "apiKeys.OPENAI_API_KEY", /empty/],
  [{ apiKeys: { OPENAI_API_KEY: 5 } }, "apiKeys.OPENAI_API_KEY", /no string/],
  [{ vault: {} }, "vault", /\{ type: "…", … \} or an object with the function read\(\)/],
  [{ vault: "aws" }, "vault", /plain object/],
  [{ cache: { maxSize: 5 } }, "cache", /function get\(\)/],
  [{ cache: { type: "" } }, "cache", /function get\(\)/],
  [{ catalog: {} }, "catalog", /Catalog/],
  [{ localCurrency: 5 }, "localCurrency", /string/],
  [{ localToUsd: "1" }, "localToUsd", /number/],
  [{ retry: true }, "retry", /false or an object/],
  [{ retry: 3 }, "retry", /false or an object/],
  [{ retry: { maxAttemps: 3 } }, "retry.maxAttemps", /maxAttempts/],
  [{ dedup: "yes" }, "dedup", /true, false or an object/],
  [{ dedup: { maxInFlights: 3 } }, "dedup.maxInFlights", /maxInFlight/],
  [{ breaker: true }, "breaker", /false or an object/],
  [{ breaker: { threshold: 3 } }, "breaker.threshold", /volumeThreshold/],
  [{ guards: { pii: {} } }, "guards", /must be a list/],
  [{ guards: ["pii"] }, "guards[0]", /must be an object, such as/],
  [{ guards: [{ action: "block" }] }, "guards[0].guard", /functions input\(\), output\(\) and whole\(\)/],
  [{ guards: [{ guard: { type: "pii" } }] }, "guards[0].action", /flag, redact or block/],
  [
    { guards: [{ guard: { type: "pii" }, action: "redact", kinds: [] }] },
    "guards[0].kinds",
    /stand in guard/,
  ],
  [{ guards: [{ guard: { type: "pii" }, action: "flag", input: 1 }] }, "guards[0].input", /true or false/],
  [{ guards: [{ guard: { type: "pii" }, action: "flag", sample: 2 }] }, "guards[0].sample", /from 0 to 1/],
  [
    { guards: [{ guard: { type: "pii" }, action: "flag", minScore: NaN }] },
    "guards[0].minScore",
    /from 0 to 1/,
  ],
  [{ guards: [{ guard: { type: "pii" }, action: "flag", budgetMs: 0 }] }, "guards[0].budgetMs", /above 0/],
  [
    { guards: [{ guard: { type: "pii" }, action: "flag", onUnavailable: "shut" }] },
    "guards[0].onUnavailable",
    /open or closed/,
  ],
  [
    { guards: [{ guard: { type: "pii" }, action: "flag", input: false, output: false }] },
    "guards[0]",
    /neither/,
  ],
  [{ timeouts: { total: 5 } }, "timeouts.total", /totalMs/],
  [{ timeouts: { idleMs: 0 } }, "timeouts.idleMs", /above 0/],
  [{ timeouts: { idleMs: "5" } }, "timeouts.idleMs", /above 0/],
  [{ timeouts: { connectMs: NaN } }, "timeouts.connectMs", /above 0/],
  [{ timeouts: { totalMs: 2 ** 31 } }, "timeouts.totalMs", /below 2\^31/],
  [{ providers: { openai: null } }, "providers.openai", /object/],
  [{ providers: { openai: { url: "x" } } }, "providers.openai.url", /baseUrl/],
  [{ providers: { openai: { baseUrl: "api" } } }, "providers.openai.baseUrl", /must be a URL, but is "api"/],
  [{ providers: { openai: { apiKey: "" } } }, "providers.openai.apiKey", /empty/],
  [{ providers: { openai: { apiKey: 5 } } }, "providers.openai.apiKey", /string/],
  [{ providers: { openai: { type: 5 } } }, "providers.openai.type", /string/],
  [{ providers: { openai: { models: "opn" } } }, "providers.openai.models", /"catalog" or "open"/],
  [{ providers: { openai: { options: 5 } } }, "providers.openai.options", /object/],
  [{ providers: { openai: { headers: { "x y": "1" } } } }, "providers.openai.headers.x y", /not a header/],
  [{ providers: { openai: { headers: { x: "1\r\ny: 2" } } } }, "providers.openai.headers.x", /not a header/],
  [{ providers: { openai: { timeouts: { idleMs: -1 } } } }, "providers.openai.timeouts.idleMs", /above 0/],
  [{ providers: { openai: { timeouts: { totalMs: 5 } } } }, "providers.openai.timeouts.totalMs", /not known/],
  [{ sinks: { type: "log" } }, "sinks", /list/],
  [{ sinks: [{ write: 5 }] }, "sinks[0]", /write\(\)/],
  [{ middleware: [{ name: "x" }] }, "middleware[0]", /handle\(\)/],
  [{ plugins: "./acme.ts" }, "plugins", /list/],
  [{ plugins: [""] }, "plugins[0]", /plugin or the name/],
  [{ plugins: [5] }, "plugins[0]", /plugin or the name/],
  [{ pluginFolder: 5 }, "pluginFolder", /folder.*false/],
  [{ pluginFolder: "" }, "pluginFolder", /folder.*false/],
  [{ provide: {} }, "provide", /list/],
  [{ provide: [CLOCK, {}] }, "provide[0]", /pair.*\[\[CLOCK, clock\]\]/],
  [{ provide: [[CLOCK]] }, "provide[0]", /pair/],
  [{ provide: [["clock", {}]] }, "provide[0]", /pair/],
];

describe("a wrong option", () => {
  for (const [wrong, path, says] of atConstruction) {
    it(`is refused at once: ${label(wrong)}`, async () => {
      const error = await failureOf(() => new Loom(wrong as LoomOptions), "config-invalid");
      assert.equal(error.data.path, path);
      assert.match(error.message, says);
      assert.ok(error.message.startsWith(path), error.message);
    });
  }

  const no = () => [];
  const atOpening: readonly (readonly [wrong: Wrong, path: string, says: RegExp])[] = [
    [{ localCurrency: "EURO" }, "localCurrency", /ISO 4217/],
    [{ localCurrency: "EUR" }, "localToUsd", /1\.08/],
    [{ localToUsd: -1 }, "localToUsd", /above 0/],
    [{ retry: { maxAttempts: 0 } }, "retry.maxAttempts", /1/],
    [{ dedup: { maxInFlight: 0 } }, "dedup.maxInFlight", /1/],
    [
      { guards: [{ guard: { input: no }, action: "flag", output: true }] },
      "guards[0].output",
      /cannot judge output/,
    ],
    [
      { guards: [{ guard: { whole: no }, action: "flag", output: false }] },
      "guards[0]",
      /can only judge output/,
    ],
    [{ breaker: { resetMs: "soon" } }, "breaker.resetMs", /number/],
    [{ cache: { type: "memory", maxSize: "5" } }, "cache.maxSize", /memory.*"5"/],
    [{ cache: { type: "memory", size: 5 } }, "cache.size", /size/],
    [{ sinks: [{ type: "log", format: "xml" }] }, "sinks[0].format", /log.*"xml"/],
  ];
  for (const [wrong, path, says] of atOpening) {
    it(`is refused before the first call: ${label(wrong)}`, async () => {
      const loom = bareLoom(wrong as LoomOptions);
      const error = await failureOf(loom.open(), "config-invalid");
      assert.equal(error.data.path, path);
      assert.match(error.message, says);
      await loom.close();
    });
  }

  const missing: readonly (readonly [wrong: Wrong, says: RegExp])[] = [
    [{ cache: { type: "memroy" } }, /no cache "memroy"; known are memory, redis/],
    [
      { vault: { type: "safe" }, cache: { type: "memory" } },
      /no vault "safe"; known are aws-secrets-manager, /,
    ],
    [
      { sinks: [{ type: "paper" }] },
      /no sink "paper"; known are jsonl, log, memory, otlp, prometheus, sqlite, webhook\./,
    ],
    [{ middleware: [{ type: "shout" }] }, /no middleware "shout".*plugins\/middleware\//],
  ];
  for (const [wrong, says] of missing) {
    it(`names what there is: ${label(wrong)}`, async () => {
      await using loom = bareLoom({ ...wrong as LoomOptions, providers: {} });
      // A vault is made when a key is first looked for in it.
      const error = await failureOf(
        loom.generate({ provider: "openai", model: "gpt-4o-mini", prompt: "hi" }),
        "plugin-invalid",
      );
      assert.match(error.message, says);
    });
  }
});

describe("options that are left out", () => {
  it("may be undefined", async () => {
    const options = { cache: undefined, retry: undefined, plugins: undefined, apiKeys: undefined } as Wrong;
    await using loom = bareLoom(options as LoomOptions);
    await loom.open();
  });

  it("of a middleware, a breaker and retries may be switched off", async () => {
    await using loom = bareLoom({ retry: false, breaker: false, dedup: false });
    const { order } = await loom.engine();
    assert.deepEqual(order.map(({ name }) => name), ["telemetry", "cost", "resolve", "failover", "adapter"]);
  });

  it("give the whole chain", async () => {
    await using loom = bareLoom({ cache: { type: "memory" }, dedup: true, catalog: new Catalog() });
    const { order } = await loom.engine();
    assert.deepEqual(
      order.map(({ name }) => name),
      ["telemetry", "cost", "resolve", "cache", "dedup", "failover", "breaker", "retry", "adapter"],
    );
  });
});

function label(wrong: unknown): string {
  return JSON.stringify(wrong, (_, value) => typeof value === "symbol" ? String(value) : value);
}
