/** A key from HashiCorp Vault on its way to a vendor: read once, read again after a refusal, used on while the vault is down. */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { Loom } from "../../src/index.ts";
import { CLOCK, LOGGER, type Logger } from "../../src/plugin.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { type HashicorpStandIn, startHashicorp } from "../plugins/vaults/support/hashicorp-stand-in.ts";
import { failureOf } from "../support/failure.ts";
import { bareLoom } from "../support/looms.ts";
import { serve, type TestServer } from "../support/server.ts";

let vault: HashicorpStandIn;
let vendor: TestServer;
/** The one key that the vendor takes. */
let goodKey = "sk-first";
/** Added to the machine's clock. */
let laterMs = 0;
const warnings: string[] = [];
const logger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (message, data) => void warnings.push(`${message} ${JSON.stringify(data)}`),
  error: () => {},
};

before(async () => {
  vault = await startHashicorp();
  vendor = await serve(({ headers, response }) => {
    const good = headers.authorization === `Bearer ${goodKey}`;
    response.writeHead(good ? 200 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify(
      good
        ? completion
        : { error: { message: "Incorrect API key", type: "invalid_request_error", code: "invalid_api_key" } },
    ));
  });
});
after(async () => {
  await vault.close();
  await vendor.close();
});

const completion = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1767225600,
  model: "gpt-4o-mini",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

let loom: Loom;
let readsBefore: number;
let callsBefore: number;
beforeEach(() => {
  goodKey = "sk-first";
  laterMs = 0;
  warnings.length = 0;
  vault.state.status = 200;
  vault.state.secrets.set("secret/loom", { OPENAI_API_KEY: goodKey });
  const { roleId, secretId } = vault.state;
  loom = bareLoom({
    vault: { type: "hashicorp", address: vault.url, appRole: { roleId, secretId } },
    providers: { openai: { baseUrl: `${vendor.url}/v1` } },
    retry: false,
    provide: [[CLOCK, { ...systemClock, monotonic: () => systemClock.monotonic() + laterMs }], [
      LOGGER,
      logger,
    ]],
  });
  [readsBefore, callsBefore] = [reads(), vendor.requests.length];
});
afterEach(() => loom.close());

const reads = () => vault.server.requests.filter(({ url }) => url === "/v1/secret/data/loom").length;
const counts = () => [reads() - readsBefore, vendor.requests.length - callsBefore];
const ask = async (prompt = "hi") => {
  const result = await loom.generate({ model: "openai/gpt-4o-mini", prompt });
  assert.equal(result.kind, "text");
  return result.text;
};

describe("a key from the vault", () => {
  it("is read once for many calls", async () => {
    const texts = await Promise.all(["a", "b", "c"].map(ask));
    assert.deepEqual(texts, ["Hi.", "Hi.", "Hi."]);
    await ask("d");
    assert.deepEqual(counts(), [1, 4]);
  });

  it("that was rotated is read again, once, after the vendor's 401", async () => {
    await ask();
    goodKey = "sk-second";
    vault.state.secrets.set("secret/loom", { OPENAI_API_KEY: goodKey });
    assert.equal(await ask("again"), "Hi.");
    assert.deepEqual(counts(), [2, 3]);
    assert.equal(vendor.requests.at(-1)?.headers.authorization, "Bearer sk-second");
    await ask("and on");
    assert.deepEqual(counts(), [2, 4]);
  });

  it("that stays wrong is read again once, and the vendor's refusal is what the caller hears", async () => {
    goodKey = "sk-nobody-knows";
    const error = await failureOf(ask(), "auth-rejected");
    assert.deepEqual(counts(), [2, 2]);
    assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /sk-first|hvs\./);
    await failureOf(ask("again"), "auth-rejected");
    assert.deepEqual(counts(), [2, 3], "not within ten seconds");
  });

  it("is used on while the vault is sealed, for an hour", async () => {
    await ask();
    vault.state.status = 503;
    laterMs = 6 * 60_000;
    assert.equal(await ask("stale"), "Hi.");
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /the vault hashicorp cannot be asked.*"OPENAI_API_KEY".*sealed/);
    laterMs = 70 * 60_000;
    const error = await failureOf(ask("too old"), "key-missing");
    assert.match(`${error.message}: ${error.cause}`, /could not be asked for OPENAI_API_KEY.*sealed/);
    assert.doesNotMatch(JSON.stringify(error) + warnings.join(), /sk-first|hvs\.|secret-5678/);
  });

  it("that the vault does not have is missed by name", async () => {
    vault.state.secrets.set("secret/loom", {});
    assert.match(
      (await failureOf(ask(), "key-missing")).message,
      /set OPENAI_API_KEY .*then the vault hashicorp/,
    );
    assert.deepEqual(counts(), [1, 0]);
  });
});
