/** Account options: each wrong one is named at once, in code and in YAML. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseConfig } from "../../../src/client/config-file.ts";
import { Loom, type LoomOptions } from "../../../src/index.ts";
import { fixedEnvironment } from "../../../src/runtime/environment.ts";
import { failureOf } from "../../support/failure.ts";

const key = { apiKey: "sk-1" };

const wrong: readonly (readonly [openai: unknown, path: string, says: RegExp])[] = [
  [{ accounts: [] }, "accounts", /list of 1 to/],
  [{ accounts: key }, "accounts", /list of 1 to/],
  [{ accounts: Array.from({ length: 1001 }, () => key) }, "accounts", /1 to 1000/],
  [{ accounts: [key], apiKey: "sk-2" }, "accounts", /cannot stand beside apiKey/],
  [{ accounts: ["sk-1"] }, "accounts[0]", /object/],
  [{ accounts: [null] }, "accounts[0]", /object/],
  [{ accounts: [{}] }, "accounts[0]", /exactly one of apiKey, apiKeyEnv, oauth, but has 0/],
  [{ accounts: [{ apiKey: "a", apiKeyEnv: "B" }] }, "accounts[0]", /has 2/],
  [{ accounts: [key, { key: "x" }] }, "accounts[1].key", /fields are name, apiKey/],
  [{ accounts: [{ apiKey: "" }] }, "accounts[0].apiKey", /empty/],
  [{ accounts: [{ apiKey: 5 }] }, "accounts[0].apiKey", /string/],
  [{ accounts: [{ apiKeyEnv: "" }] }, "accounts[0].apiKeyEnv", /empty/],
  [{ accounts: [{ oauth: "x" }] }, "accounts[0].oauth", /token\(\)/],
  [{ accounts: [{ oauth: null }] }, "accounts[0].oauth", /token\(\)/],
  [{ accounts: [{ ...key, name: "" }] }, "accounts[0].name", /1 to 64/],
  [{ accounts: [{ ...key, name: "a\nb" }] }, "accounts[0].name", /printable/],
  [{ accounts: [{ ...key, name: "n".repeat(65) }] }, "accounts[0].name", /64/],
  [
    { accounts: [{ ...key, name: "a" }, { ...key, name: "a" }] },
    "accounts[1].name",
    /"a" is the name of another/,
  ],
  [
    { accounts: [{ ...key, name: "account-2" }, key] },
    "accounts[1].name",
    /"account-2" is the name of another/,
  ],
  [{ accounts: [key], accountStrategy: "random" }, "accountStrategy", /primary, round-robin, least-used/],
  [{ accounts: [key], healthCheckIntervalMs: 0 }, "healthCheckIntervalMs", /at least 1/],
  [{ accounts: [key], quotaCooldownMs: 2 ** 31 }, "quotaCooldownMs", /2\^31/],
  [{ accounts: [key], quotaCooldownMs: "5m" }, "quotaCooldownMs", /milliseconds/],
  [{ accountStrategy: "primary" }, "accountStrategy", /no effect without accounts/],
  [{ apiKey: "sk-1", quotaCooldownMs: 5 }, "quotaCooldownMs", /no effect without accounts/],
];

describe("wrong account options", () => {
  for (const [openai, path, says] of wrong) {
    it(`are refused: ${JSON.stringify(openai).slice(0, 90)}`, async () => {
      const options = { providers: { openai } } as LoomOptions;
      const error = await failureOf(() => new Loom(options), "config-invalid");
      assert.equal(error.data.path, `providers.openai.${path}`);
      assert.match(error.message, says);
      assert.ok(!error.message.includes("sk-"), "a complaint repeats no key");
    });
  }

  it("of the store, too", async () => {
    for (const store of [{}, { get() {} }, { url: "redis://x" }]) {
      const error = await failureOf(() => new Loom({ store } as unknown as LoomOptions), "config-invalid");
      assert.match(error.message, /^store must be \{ type: "…", … \} or an object with the function add\(\)/);
    }
  });
});

describe("account options in YAML", () => {
  const environment = fixedEnvironment({ TEAM_A_KEY: "sk-a" });

  it("are those of code in snake_case", () => {
    const text = `
store: { type: redis, url: "redis://127.0.0.1:6379" }
providers:
  openai:
    account_strategy: least-used
    health_check_interval_ms: 5000
    quota_cooldown_ms: 60000
    accounts: [{ name: a, api_key: "\${TEAM_A_KEY}" }, { api_key_env: TEAM_B_KEY }]
`;
    assert.deepEqual(parseConfig(text, "loom.yaml", environment), {
      store: { type: "redis", url: "redis://127.0.0.1:6379" },
      providers: {
        openai: {
          accountStrategy: "least-used",
          healthCheckIntervalMs: 5000,
          quotaCooldownMs: 60_000,
          accounts: [{ name: "a", apiKey: "sk-a" }, { apiKeyEnv: "TEAM_B_KEY" }],
        },
      },
    });
  });

  it("are named as they stand there, with the line", async () => {
    const text = "providers:\n  openai:\n    accounts:\n      - { api_key: x }\n      - { api_keys: y }\n";
    const error = await failureOf(() => parseConfig(text, "loom.yaml", environment), "config-invalid");
    assert.match(
      error.message,
      /^loom\.yaml:5: providers\.openai\.accounts\[1\]\.api_keys is not known; fields are name, api_key, api_key_env/,
    );
  });
});
