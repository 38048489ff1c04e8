/** Wrong configuration files: each fault with its line, its place, and what was expected; all of them at once. */

import assert from "node:assert/strict";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { readGatewayConfig } from "../../../src/gateway/config/read-config.ts";
import { fixedEnvironment } from "../../../src/runtime/environment.ts";
import { failureOf } from "../../support/failure.ts";

const file = resolve("/etc/loom/loom.yaml");
const secret = "a-secret-0123456789";

function read(text: string) {
  return readGatewayConfig({ text, file }, fixedEnvironment({ SECRET: secret, WORD: "word" }));
}

const gateway = (text: string) => `ai_gateway:\n${text.replace(/^(?=.)/gm, "  ")}\n`;
const providers = "providers: [{ name: openai }, { name: groq, models: [llama-*, own] }]\n";

/** What stands in `ai_gateway`, the line in the whole file, and what is said after it. */
const faults: readonly (readonly [text: string, line: number, said: RegExp])[] = [
  ["provider: []", 2, /^ai_gateway\.provider is not known; did you mean providers\?/],
  ["zzzzz: 1", 2, /^ai_gateway\.zzzzz is not known; keys are enabled, providers, routing/],
  ["enabled: false", 2, /^ai_gateway\.enabled is false, so there is nothing to serve/],
  ["enabled: maybe", 2, /^ai_gateway\.enabled must be true or false/],
  ["providers: { name: openai }", 2, /^ai_gateway\.providers must be a list/],
  [
    "providers:\n  - name: openai\n    api_kye: x",
    4,
    /^ai_gateway\.providers\[0\]\.api_kye is not known; did you mean api_key\?/,
  ],
  ["providers:\n  - type: openai", 3, /^ai_gateway\.providers\[0\]\.name is missing/],
  ["providers:\n  - name: ''", 3, /^ai_gateway\.providers\[0\]\.name is empty/],
  [
    "providers:\n  - { name: a }\n  - { name: a }",
    4,
    /providers\[1\]\.name "a" is the name of another provider/,
  ],
  ["providers: [{ name: a/b }]", 2, /providers\[0\]\.name must not have a slash/],
  ["providers: [{ name: openai, base_url: nowhere }]", 2, /providers\[0\]\.base_url must be a URL/],
  ["providers: [{ name: openai, base_url: 'ftp://a.test' }]", 2, /providers\[0\]\.base_url must be a URL/],
  ["providers: [{ name: openai, models: [] }]", 2, /providers\[0\]\.models must be a list of models|too few/],
  ["providers: [{ name: openai, models: 5 }]", 2, /providers\[0\]\.models must be a list of models/],
  ["providers: [{ name: openai, api_version: '1' }]", 2, /api_version is for providers of the type azure/],
  [
    "providers: [{ name: openai, deployments: { a: b } }]",
    2,
    /deployments is for providers of the type azure/,
  ],
  ["providers: [{ name: openai, headers: { 'a b': c } }]", 2, /headers/],
  [
    "providers: [{ name: openai, timeouts: { conect: 5s } }]",
    2,
    /timeouts\.conect is not known; did you mean connect/,
  ],
  [
    "providers: [{ name: openai, timeouts: { connect: soon } }]",
    2,
    /timeouts\.connect must be a duration such as 50ms/,
  ],
  [
    "providers: [{ name: openai, api_key: k, accounts: [{ api_key: l }] }]",
    2,
    /providers\[0\]\.accounts cannot stand beside/,
  ],
  ["streaming: { flush_interval: 50 ms }", 2, /streaming\.flush_interval must be a duration/],
  ["streaming: { flush_interval: -1 }", 2, /streaming\.flush_interval must be a duration/],
  ["streaming:\n  flush_intervall: 5", 3, /did you mean flush_interval/],
  ["routing: { strategy: weigted }", 2, /routing\.strategy is not known; did you mean weighted\?/],
  ["routing: { strategy: round-robin }", 2, /did you mean round_robin\?/],
  ["routing: { strategy: weighted, providers: [{ name: openai }] }", 2, /providers\[0\] needs a weight/],
  [
    "routing: { strategy: cost, providers: [{ name: openai, cost_per_1k_input: 1 }] }",
    2,
    /add cost_per_1k_output/,
  ],
  [
    "routing: { providers: [{ name: openai }, { name: openai }] }",
    2,
    /providers\[1\]\.name "openai" is named twice/,
  ],
  [
    `${providers}routing:\n  providers:\n    - name: opnai`,
    5,
    /"opnai" is no configured provider; did you mean openai\?/,
  ],
  [
    `${providers}routing: { providers: [{ name: xxx }] }`,
    3,
    /"xxx" is no configured provider; providers are openai, groq/,
  ],
  [
    "routing: { failover: { retry_codes: [200] } }",
    2,
    /retry_codes\[0\] must be an HTTP status from 400 to 599/,
  ],
  ["routing: { failover: { max_retries: -1 } }", 2, /max_retries must not be negative/],
  ["routing: { sticky: { by: team } }", 2, /sticky\.by must be one of conversation, user/],
  ["routing: { sticky: often }", 2, /sticky must be true, false or \{ ttl, by \}/],
  ["routing: { hedge: true, failover: { enabled: false } }", 2, /hedge needs a second target/],
  ["routing: { rules: [{ use: a }] }", 2, /rules\[0\]\.when is missing/],
  [
    "routing: { rules: [{ when: {}, use: [] }] }",
    2,
    /rules\[0\]\.use must be a name or a list of names|too few/,
  ],
  ["routing: { rules: [{ when: { teem: a }, use: b }] }", 2, /when\.teem is not known; did you mean team/],
  ["routing: { rules: [{ when: { min_tokens: 5, max_tokens: 4 }, use: b }] }", 2, /matches nothing/],
  [
    `${providers}routing: { rules: [{ when: {}, use: gpt-4o-mni }] }`,
    3,
    /rules\[0\]\.use "gpt-4o-mni" is no model of a configured provider/,
  ],
  [
    `${providers}routing:\n  rules:\n    - when: {}\n      use: [gpt-4o, owm]`,
    6,
    /use\[1\] "owm" .*did you mean own\?/,
  ],
  [
    `${providers}model_mapping: { best: { opnai: gpt-4o } }`,
    3,
    /model_mapping\.best\.opnai "opnai" is no configured provider; did you mean openai/,
  ],
  ["model_mapping: { best: {} }", 2, /model_mapping\.best names no provider/],
  ["model_mapping: { best: gpt-4o }", 2, /model_mapping\.best must be a map/],
  ["model_mapping: { best: { openai: [gpt-4o] } }", 2, /model_mapping\.best\.openai must be a text/],
  [
    "semantic_cache: { enabled: true, threshold: 0.9 }",
    2,
    /semantic_cache comes with a later version of Loom/,
  ],
  ["security: {}", 2, /security names no guard/],
  ["security: { enabled: true }", 2, /security names no guard/],
  ["security: { pi: { action: redact } }", 2, /did you mean pii/],
  ["security:\n    pii: { action: remove }", 3, /security\.pii\.action must be one of flag, redact, block/],
  ["security:\n    pii: { budget: soon }", 3, /security\.pii\.budget must be a duration/],
  ["security:\n    pii: { sample: 2 }", 3, /security\.pii\.sample must be a number from 0 to 1/],
  [
    "security:\n    url: {}\n    secrets: { input: false, output: false }",
    4,
    /security\.secrets judges neither/,
  ],
  ["security:\n    guards:\n      - { guard: { type: x } }", 4, /guards\[0\]\.action must be one of/],
  ["security:\n    guards:\n      - { guard: x, action: flag }", 4, /guards\[0\]\.guard must be a map/],
  ["cache: memory", 2, /ai_gateway\.cache must be a map/],
  ["cache: { ttl: 5 }", 2, /ai_gateway\.cache\.type is missing/],
  ["observability: { sink: [] }", 2, /did you mean sinks/],
  ["observability: { capture: all }", 2, /observability\.capture must be none, metadata, full or/],
  ["observability: { capture: { levels: full } }", 2, /observability\.capture/],
  [
    "observability: { capture: { max_bytes: 0 } }",
    2,
    /observability\.capture\.max_bytes must be a number of bytes/,
  ],
  ["observability: { sinks: [log] }", 2, /observability\.sinks\[0\] must be a map/],
  ["server: { port: 70000 }", 2, /server\.port must be a port from 0 to 65535/],
  ["server: { port: '80' }", 2, /server\.port must be a/],
  ["server: { tls: { cert: a } }", 2, /server\.tls\.key is missing/],
  ["server: { cors: '*' }", 2, /server\.cors must be a list/],
  ["admin: { port: 1.5 }", 2, /admin\.port must be a/],
  ["retry: 3", 2, /ai_gateway\.retry must be false or \{ max_attempts/],
  ["retry: { max_atempts: 3 }", 2, /retry\.max_atempts is not known; did you mean max_attempts/],
  ["timeouts: { total: 0 }", 2, /timeouts\.total/],
  ["local_to_usd: 0", 2, /local_to_usd must be above 0/],
  ["limits: { rpm: -1 }", 2, /limits\.rpm must be a whole number above 0/],
  ["keys:\n  - key: short", 3, /ai_gateway\.keys\[0\]\.key must have at least 16 characters, but has 5/],
  [`keys:\n  - { key: ${secret} }\n  - { key: ${secret} }`, 4, /keys\[1\]\.key is the same key as keys\[0\]/],
  [
    `keys:\n  list:\n    - { key: ${secret} }\n    - { key: ${secret} }`,
    5,
    /keys\.list\[1\]\.key is the same key/,
  ],
  [`keys: [{ key: ${secret}, expires_at: soon }]`, 2, /keys\[0\]\.expires_at must be a date/],
  [`keys: [{ key: ${secret}, rmp: 5 }]`, 2, /keys\[0\]\.rmp is not known; did you mean rpm/],
  [`keys: [{ key: ${secret}, rpm: '5' }]`, 2, /keys\[0\]\.rpm must be a whole number/],
  [
    `keys: [{ key: ${secret}, budget_usd: { limit: 5, per: hour } }]`,
    2,
    /budget_usd\.per must be one of day, week, month, total/,
  ],
  [`keys: [{ key: ${secret}, budget_usd: 5 }]`, 2, /budget_usd/],
  ["keys: [{ user: alice }]", 2, /keys\[0\]\.key or hash must be given/],
  ["keys: { jwt: { issuer: 'http://idp.test', audience: a } }", 2, /keys\.jwt\.issuer must be an https: URL/],
  ["keys: { teams: { a: { rpm: 0 } } }", 2, /keys\.teams\.a\.rpm must be a whole number above 0/],
  [
    "providers: [{ name: openai, api_key: '${MISSING}' }]",
    2,
    /providers\[0\]\.api_key needs the variable MISSING, which is not set/,
  ],
  ["server: { port: '${MISSING}' }", 2, /server\.port needs the variable MISSING/],
  ["server: { port: '${WORD}' }", 2, /server\.port must be a/],
  ["server: { port: '${SECRET}' }", 2, /server\.port must be a/],
];

describe("a wrong configuration", () => {
  for (const [text, line, said] of faults) {
    it(JSON.stringify(text).slice(0, 100), async () => {
      const error = await failureOf(read(gateway(text)), "config-invalid");
      assert.ok(error.message.startsWith(`${file}:${line}: `), error.message);
      assert.match(error.message.slice(`${file}:${line}: `.length), said);
      assert.deepEqual([error.data.file, error.data.line], [file, line]);
      assert.ok(!error.message.includes(secret));
    });
  }

  const whole: readonly (readonly [text: string, line: number, said: RegExp])[] = [
    ["ai_gatway: {}", 1, /ai_gatway is not an option/],
    ["- a", 1, /must be a map/],
    ["text", 1, /must be a map/],
    ["ai_gateway: [1]", 1, /ai_gateway must be a map/],
    ["ai_gateway:\n  a: b: c", 2, /./],
    ["ai_gateway: {}\nai_gateway: {}", 2, /unique/],
    ["ai_gateway: *nothing", 1, /./],
    ["routes: [{ path: v1 }]", 1, /routes\[0\]\.path must begin with \//],
    ["routes:\n  - { id: ai, path: /v1/* }", 1, /routes has no route with ai_gateway: true/],
    ["routes: [{ path: /v1/*, ai_gatewy: true }]", 1, /did you mean ai_gateway/],
    ["retry: { max_atempts: 1 }", 1, /retry\.max_atempts is not known/],
    ["retry: false\nai_gateway: { retry: false }", 1, /retry is given in ai_gateway, too/],
  ];
  for (const [text, line, said] of whole) {
    it(`as a whole: ${JSON.stringify(text)}`, async () => {
      const error = await failureOf(read(text), "config-invalid");
      assert.ok(error.message.startsWith(`${file}:${line}: `), error.message);
      assert.match(error.message, said);
    });
  }

  it("tells all its faults, in the order of the lines", async () => {
    const text = gateway(`providers:
  - { name: openai, api_key: "\${MISSING}" }
  - { nam: groq }
routing: { strategy: weigted }
server: { prot: 1 }
keys: [{ key: short }]`);
    const { message } = await failureOf(read(text), "config-invalid");
    const lines = message.split("\n");
    assert.equal(lines[0], "4 faults in the configuration");
    assert.deepEqual(lines.slice(1).map((line) => line.slice(file.length)), [
      ":3: ai_gateway.providers[0].api_key needs the variable MISSING, which is not set; set it, or write ${MISSING:-default}",
      ":4: ai_gateway.providers[1].name is missing",
      ":4: ai_gateway.providers[1].nam is not known; did you mean name?",
      ":6: ai_gateway.server.prot is not known; did you mean port?",
    ]);
  });

  it("tells twenty faults at most, and counts the rest", async () => {
    const text = gateway(Array.from({ length: 50 }, (_, index) => `zzz${index}: 1`).join("\n"));
    const lines = (await failureOf(read(text), "config-invalid")).message.split("\n");
    assert.deepEqual([lines.length, lines.at(-1)], [22, "and 30 more"]);
  });

  it("that is not there is named", async () => {
    const error = await failureOf(readGatewayConfig("/nowhere/loom.yaml"), "config-invalid");
    assert.match(error.message, /cannot read .*nowhere.loom\.yaml/);
  });
});
