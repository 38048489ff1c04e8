/** Configuration files: the specification's blocks word for word, and what every word becomes. */

import assert from "node:assert/strict";
import { dirname, join, resolve } from "node:path";
import { describe, it } from "node:test";
import { type ReadGatewayConfig, readGatewayConfig } from "../../../src/gateway/config/read-config.ts";
import { Catalog, Loom } from "../../../src/index.ts";
import { fixedEnvironment } from "../../../src/runtime/environment.ts";
import { folderOf } from "../../support/folder.ts";
import { specBlocks } from "./spec-blocks.ts";

const file = resolve("/etc/loom/loom.yaml");
const folder = dirname(file);
const variables = {
  OPENAI_API_KEY: "sk-openai",
  ANTHROPIC_API_KEY: "sk-anthropic",
  AZURE_API_KEY: "azure-key",
};

function read(text: string, more: Readonly<Record<string, string>> = {}): Promise<ReadGatewayConfig> {
  return readGatewayConfig({ text, file }, fixedEnvironment({ ...variables, ...more }));
}

/** Indents below `ai_gateway`. */
const gateway = (text: string) => `ai_gateway:\n${text.replace(/^(?=.)/gm, "  ")}\n`;

const both = { providers: [{ name: "openai" }, { name: "anthropic" }] };
const expected: Readonly<Record<string, ReadGatewayConfig>> = {
  "Quick Start": {
    loom: {
      providers: {
        openai: { apiKey: "sk-openai", baseUrl: "https://api.openai.com/v1" },
        anthropic: { apiKey: "sk-anthropic" },
      },
      routing: {
        strategy: { type: "priority", providers: { openai: { priority: 1 }, anthropic: { priority: 2 } } },
      },
    },
    gateway: { models: both, server: { paths: ["/v1/*"] } },
  },
  "Single Provider": {
    loom: { providers: { openai: { apiKey: "sk-openai" } } },
    gateway: { models: { providers: [{ name: "openai" }] }, server: { paths: ["/v1/*"] } },
  },
  "Multiple Providers": {
    loom: {
      providers: {
        openai: { apiKey: "sk-openai" },
        anthropic: { apiKey: "sk-anthropic" },
        azure: {
          apiKey: "azure-key",
          baseUrl: "https://your-resource.openai.azure.com",
          options: {
            apiVersion: "2024-02-15-preview",
            deployments: { "gpt-4": "your-gpt4-deployment", "gpt-35-turbo": "your-gpt35-deployment" },
          },
        },
      },
    },
    gateway: {
      models: {
        providers: [
          { name: "openai", models: ["gpt-4", "gpt-3.5-turbo"] },
          { name: "anthropic", models: ["claude-3-opus", "claude-3-sonnet"] },
          { name: "azure", models: ["gpt-4", "gpt-35-turbo"] },
        ],
      },
    },
  },
  "Priority-Based": {
    loom: {
      routing: {
        strategy: { type: "priority", providers: { openai: { priority: 1 }, anthropic: { priority: 2 } } },
      },
    },
    gateway: { models: both },
  },
  "Round Robin": { loom: { routing: { strategy: { type: "round_robin" } } }, gateway: { models: both } },
  "Weighted": {
    loom: {
      routing: {
        strategy: { type: "weighted", providers: { openai: { weight: 70 }, anthropic: { weight: 30 } } },
      },
    },
    gateway: { models: both },
  },
  "Cost-Optimized": {
    loom: {
      routing: {
        strategy: {
          type: "cost",
          providers: {
            openai: { costPer1kInput: 0.01, costPer1kOutput: 0.03 },
            anthropic: { costPer1kInput: 0.008, costPer1kOutput: 0.024 },
          },
        },
      },
    },
    gateway: { models: both },
  },
  "Latency-Optimized": { loom: { routing: { strategy: { type: "latency" } } }, gateway: { models: both } },
  "Failover": {
    loom: {
      routing: {
        strategy: { type: "priority", providers: { openai: { priority: 1 }, anthropic: { priority: 2 } } },
        failover: { enabled: true, retryCodes: [429, 500, 502, 503], maxMoves: 2 },
      },
    },
    gateway: { models: both },
  },
  "Model Mapping": {
    loom: {},
    gateway: {
      models: {
        mapping: {
          "gpt-4": { openai: "gpt-4-turbo", anthropic: "claude-3-opus", azure: "gpt-4" },
          "gpt-3.5-turbo": {
            openai: "gpt-3.5-turbo",
            anthropic: "claude-3-sonnet",
            azure: "gpt-35-turbo",
          },
        },
      },
    },
  },
  "Streaming Support": { loom: {}, gateway: { streaming: { enabled: true, flushIntervalMs: 50 } } },
};

describe("the specification's block", () => {
  it("is there for each heading", () => {
    assert.deepEqual(Object.keys(specBlocks), Object.keys(expected));
  });

  for (const [heading, text] of Object.entries(specBlocks)) {
    it(`"${heading}" is read, and a Loom opens with it`, async () => {
      const config = await read(text);
      assert.deepEqual(config, expected[heading]);
      await using loom = new Loom({ ...config.loom, pluginFolder: false });
      assert.ok(await loom.engine());
    });
  }
});

/** What stands in `ai_gateway`, and what becomes of it. */
const words:
  readonly (readonly [name: string, text: string, Readonly<Record<keyof ReadGatewayConfig, object>>])[] = [
    ["nothing", "enabled: true", { loom: {}, gateway: {} }],
    [
      "keys in a list",
      "keys: [{ key: team-a-key-0123456789, user: alice, team: a, models: ['gpt-*'], rpm: 600, tpm: 200000, budget_usd: { limit: 50, per: day } }]",
      {
        loom: {},
        gateway: {
          keys: {
            list: [{
              key: "team-a-key-0123456789",
              user: "alice",
              team: "a",
              models: ["gpt-*"],
              requestsPerMinute: 600,
              tokensPerMinute: 200_000,
              budgets: [{ limitUsd: 50, per: "day" }],
            }],
          },
        },
      },
    ],
    [
      "keys in all their forms",
      `keys:
  file: keys.yaml
  jwt: { issuer: https://idp.test, audience: loom, jwks_url: https://idp.test/k, user_claim: email, team_claim: group, limits: { rpm: 1 }, models: ["*"] }
  teams: { a: { concurrent: 3, budget_usd: [{ limit: 1, per: week }, { limit: 2.5, per: total }], allow_unknown_price: true } }
  users: { alice: { tpm: 5 } }
  list: [{ hash: "sha256:${
        "a".repeat(64)
      }", id: x, tags: [t], expires_at: 2027-01-01, may_route: true, disabled: false }]`,
      {
        loom: {},
        gateway: {
          keys: {
            file: join(folder, "keys.yaml"),
            jwt: {
              issuer: "https://idp.test",
              audience: "loom",
              jwksUrl: "https://idp.test/k",
              userClaim: "email",
              teamClaim: "group",
              limits: { requestsPerMinute: 1 },
              models: ["*"],
            },
            teams: {
              a: {
                concurrentRequests: 3,
                budgets: [{ limitUsd: 1, per: "week" }, { limitUsd: 2.5, per: "total" }],
                allowUnknownPrice: true,
              },
            },
            users: { alice: { tokensPerMinute: 5 } },
            list: [{
              hash: `sha256:${"a".repeat(64)}`,
              id: "x",
              tags: ["t"],
              expiresAt: "2027-01-01",
              mayRoute: true,
              disabled: false,
            }],
          },
        },
      },
    ],
    [
      "guards by their names, in the order in which they judge",
      `security:
  prompt_injection: { action: block }
  content_filter: { max_input_chars: 9, schema: { properties: { first_name: {} } }, action: flag, output: false }
  pii: { action: redact, min_score: 0.8, kinds: [email] }
  secrets: { shadow: true, sample: 0.5, budget: 20ms, on_unavailable: open }
  url: { enabled: false }
  guards: [{ guard: { type: mine, own_option: 1 }, action: flag, min_score: 0.2, input: false, budget_ms: 5 }]`,
      {
        loom: {
          guards: [
            { guard: { type: "pii", kinds: ["email"], minScore: 0.8 }, action: "redact" },
            {
              guard: { type: "secrets" },
              action: "redact",
              budgetMs: 20,
              onUnavailable: "open",
              sample: 0.5,
              shadow: true,
            },
            { guard: { type: "prompt-injection" }, action: "block" },
            {
              guard: { type: "content", maxInputChars: 9, schema: { properties: { first_name: {} } } },
              action: "flag",
              output: false,
            },
            {
              guard: { type: "mine", ownOption: 1 },
              action: "flag",
              input: false,
              budgetMs: 5,
              minScore: 0.2,
            },
          ],
        },
        gateway: {},
      },
    ],
    [
      "server and admin",
      `server: { host: 0.0.0.0, port: 0, tls: { cert: tls/cert.pem, key: /keys/key.pem }, max_body_bytes: 1000, request_timeout: 30s, stalled_client_ms: 500, drain: 1m, max_in_flight: 5, cors: ["*"] }
admin: { enabled: true, host: 127.0.0.1, port: 9000, key: admin-key, open_metrics: false }
streaming: { heartbeat: 0, flush_interval_ms: 20 }
files: { max_file_bytes: 1000, max_tenant_bytes: 2000, keep: 60s }
batches: { concurrency: 2 }
data_file: data/loom.db`,
      {
        loom: {},
        gateway: {
          files: { maxFileBytes: 1000, maxTenantBytes: 2000, keepMs: 60_000 },
          batches: { concurrency: 2 },
          server: {
            host: "0.0.0.0",
            port: 0,
            tls: { certFile: join(folder, "tls/cert.pem"), keyFile: resolve("/keys/key.pem") },
            maxBodyBytes: 1000,
            requestTimeoutMs: 30_000,
            stalledClientMs: 500,
            drainMs: 60_000,
            maxInFlight: 5,
            cors: ["*"],
          },
          admin: { enabled: true, host: "127.0.0.1", port: 9000, key: "admin-key", openMetrics: false },
          streaming: { heartbeatMs: 0, flushIntervalMs: 20 },
          dataFile: join(folder, "data/loom.db"),
        },
      },
    ],
    [
      "what a Loom is told",
      `cache: { type: redis, url: redis://r, max_entry_bytes: 5 }
store: { type: redis, url: redis://r }
vault: { type: hashicorp, kv_version: 2 }
observability: { sinks: [{ type: log, format: json }], capture: { level: full, max_bytes: 1000 } }
retry: { max_attempts: 2, base_delay: 100ms, max_delay_ms: 5000 }
breaker: { volume_threshold: 3, rolling_window: 10s, reset: 1s }
dedup: { max_in_flight: 3 }
timeouts: { connect: 1s, first_part: 2s, idle: 3s, total: 1.5m }
limits: { rpm: 9, on_store_failure: allow, max_reserved_output_tokens: 10 }
local_currency: EUR
local_to_usd: 1.08
plugins: [./mine.ts, some-package]
plugin_folder: false
middleware: [{ type: shout, how_loud: 3 }]
semantic_cache: { enabled: false, threshold: 0.95 }
security: { enabled: false, pii: { action: redact } }`,
      {
        loom: {
          cache: { type: "redis", url: "redis://r", maxEntryBytes: 5 },
          store: { type: "redis", url: "redis://r" },
          vault: { type: "hashicorp", kvVersion: 2 },
          sinks: [{ type: "log", format: "json" }],
          capture: { level: "full", maxBytes: 1000 },
          retry: { maxAttempts: 2, baseDelayMs: 100, maxDelayMs: 5000 },
          breaker: { volumeThreshold: 3, rollingWindowMs: 10_000, resetMs: 1000 },
          dedup: { maxInFlight: 3 },
          timeouts: { connectMs: 1000, firstPartMs: 2000, idleMs: 3000, totalMs: 90_000 },
          limits: {
            all: [{ scope: "all", requestsPerMinute: 9 }],
            onStoreFailure: "allow",
            maxReservedOutputTokens: 10,
          },
          localCurrency: "EUR",
          localToUsd: 1.08,
          plugins: [join(folder, "mine.ts"), "some-package"],
          pluginFolder: false,
          middleware: [{ type: "shout", howLoud: 3 }],
        },
        gateway: {},
      },
    ],
    [
      "switches",
      "retry: false\nbreaker: false\ndedup: false\nrouting: { sticky: true, cooldown: false, hedge: true }",
      {
        loom: {
          retry: false,
          breaker: false,
          dedup: false,
          routing: { sticky: {}, cooldown: false, hedge: {} },
        },
        gateway: {},
      },
    ],
    [
      "providers in all their words",
      `providers:
  - { name: eu, type: openai, api_key: k, base_url: https://eu.test, headers: { X-Team: a }, models: open, timeouts: { connect: 2s, idle: 5s } }
  - name: openai
    accounts: [{ name: a, api_key: k1 }, { api_key_env: OTHER }]
    account_strategy: round-robin
    health_check_interval: 5s
    quota_cooldown: 10m
    options: { some_option: { deep_one: 1 } }`,
      {
        loom: {
          providers: {
            eu: {
              type: "openai",
              apiKey: "k",
              baseUrl: "https://eu.test",
              headers: { "X-Team": "a" },
              models: "open",
              timeouts: { connectMs: 2000, idleMs: 5000 },
            },
            openai: {
              accounts: [{ name: "a", apiKey: "k1" }, { apiKeyEnv: "OTHER" }],
              accountStrategy: "round-robin",
              healthCheckIntervalMs: 5000,
              quotaCooldownMs: 600_000,
              options: { someOption: { deepOne: 1 } },
            },
          },
        },
        gateway: { models: { providers: [{ name: "eu" }, { name: "openai" }] } },
      },
    ],
    [
      "routing in all its words",
      `routing:
  strategy: { type: latency, half_life_ms: 1000 }
  content_policy_fallback: true
  sticky: { ttl: 1m, by: user }
  cooldown: { failures: 2, window: 10s, cooldown: 5s }
  hedge: { after: p95 }
  rules:
    - { when: { team: a, header: { X-Fast: "*" }, model: [gpt-*, best], min_tokens: 5, max_tokens: 10 }, use: openai/gpt-4o }
    - { when: { key: [k1, k2], user: u, tag: t }, use: [gpt-4o, claude-3-opus] }`,
      {
        loom: {
          routing: {
            strategy: { type: "latency", halfLifeMs: 1000 },
            contentPolicyFallback: true,
            sticky: { ttlMs: 60_000, by: "user" },
            cooldown: { failures: 2, windowMs: 10_000, cooldownMs: 5000 },
            hedge: { afterMs: "p95" },
          },
        },
        gateway: {
          rules: [
            {
              when: {
                team: "a",
                header: { "x-fast": "*" },
                model: ["gpt-*", "best"],
                minTokens: 5,
                maxTokens: 10,
              },
              use: ["openai/gpt-4o"],
            },
            { when: { key: ["k1", "k2"], user: "u", tag: "t" }, use: ["gpt-4o", "claude-3-opus"] },
          ],
        },
      },
    ],
  ];

describe("a configuration file gives", () => {
  for (const [name, text, config] of words) {
    it(name, async () => {
      assert.deepEqual(await read(gateway(text)), config);
    });
  }

  it("providers in the order of routing, by priority, and the others behind", async () => {
    const { gateway: { models } } = await read(
      gateway(`providers: [{ name: groq }, { name: openai }, { name: anthropic }]
routing: { providers: [{ name: anthropic, priority: 2 }, { name: openai, priority: 1 }] }`),
    );
    assert.deepEqual(models?.providers?.map(({ name }) => name), ["openai", "anthropic", "groq"]);
  });

  it("a provider that takes the names that only the vendor knows", async () => {
    const { loom } = await read(
      gateway(
        `providers: [{ name: openai, models: [gpt-4o, gpt-of-mine] }, { name: groq }, { name: anthropic }]
model_mapping: { best: { groq: llama-of-tomorrow, anthropic: claude-3-opus } }`,
      ),
    );
    const open = Object.entries(loom.providers ?? {}).map(([name, { models }]) => [name, models]);
    assert.deepEqual(open, [["openai", "open"], ["groq", "open"], ["anthropic", undefined]]);
  });

  it("options of the Loom that stand at the top level", async () => {
    const { loom } = await read(
      `local_currency: EUR\nretry: { max_attempts: 2 }\n${gateway("enabled: true")}`,
    );
    assert.deepEqual(loom, { localCurrency: "EUR", retry: { maxAttempts: 2 } });
  });

  it("a catalog of its own", async () => {
    await using own = await folderOf({
      "models.yaml": "openai: { modalities: { text: [{ id: mine, model: mine }] } }",
      "loom.yaml": gateway(
        "catalog: models.yaml\nproviders: [{ name: openai }]\nrouting: { rules: [{ when: {}, use: mine }] }",
      ),
    });
    const { loom, gateway: { rules } } = await readGatewayConfig(own.file("loom.yaml"), fixedEnvironment({}));
    assert.ok(loom.catalog instanceof Catalog);
    assert.deepEqual(rules, [{ when: {}, use: ["mine"] }]);
  });

  for (const text of ["", "# nothing\n", "ai_gateway:\n", "ai_gateway: {}\nroutes:\n"]) {
    it(`nothing for ${JSON.stringify(text)}`, async () => {
      assert.deepEqual(await read(text), { loom: {}, gateway: {} });
    });
  }
});

describe("variables", () => {
  it("become numbers, switches and durations where they stand alone and such are wanted", async () => {
    const text = gateway(`server: { port: "\${PORT}", request_timeout: "\${WAIT}", drain: "\${DRAIN:-250}" }
admin: { enabled: "\${ADMIN:-false}", key: "\${ADMIN_KEY}" }
retry: "\${RETRY}"
dedup: { max_in_flight: "\${MANY}" }
keys: [{ key: "\${KEY}", rpm: "\${RPM}", budget_usd: { limit: "\${MONEY}", per: day } }]
routing: { failover: { retry_codes: ["\${CODE}"] } }`);
    const values = {
      PORT: "8123",
      WAIT: "5s",
      RETRY: "false",
      MANY: "7",
      KEY: "1234567890123456",
      ADMIN_KEY: "42",
      RPM: "60",
      MONEY: "2.5",
      CODE: "503",
    };
    assert.deepEqual(await read(text, values), {
      loom: { retry: false, dedup: { maxInFlight: 7 }, routing: { failover: { retryCodes: [503] } } },
      gateway: {
        server: { port: 8123, requestTimeoutMs: 5000, drainMs: 250 },
        admin: { enabled: false, key: "42" },
        keys: {
          list: [{ key: values.KEY, requestsPerMinute: 60, budgets: [{ limitUsd: 2.5, per: "day" }] }],
        },
      },
    });
  });

  it("stay texts within a text, and where a text is wanted", async () => {
    const text = gateway(
      'providers: [{ name: openai, api_key: "${A}", base_url: "https://${B:-a.test}/v1" }]',
    );
    assert.deepEqual((await read(text, { A: "123" })).loom.providers, {
      openai: { apiKey: "123", baseUrl: "https://a.test/v1" },
    });
  });
});
