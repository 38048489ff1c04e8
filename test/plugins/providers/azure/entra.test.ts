/** Entra instead of a key: Microsoft's own credential gives the token, and no key goes out. */

import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { ClientSecretCredential } from "@azure/identity";
import { bareLoom } from "../../../support/looms.ts";

const own = ClientSecretCredential.prototype.getToken;
const asked: unknown[] = [];
const seen: (readonly [string | undefined, unknown])[] = [];
let server: Server;
let endpoint = "";

before(async () => {
  // The package's own class, but for its last step, which would leave this machine.
  ClientSecretCredential.prototype.getToken = (scope) => {
    asked.push(scope);
    return Promise.resolve({ token: "entra-token", expiresOnTimestamp: Date.now() + 3_600_000 });
  };
  server = createServer((request, response) => {
    seen.push([request.headers.authorization, request.headers["api-key"]]);
    request.resume().on("end", () => {
      const choice = { index: 0, message: { role: "assistant", content: "Hi." }, finish_reason: "stop" };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ id: "c", model: "m", choices: [choice] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  ClientSecretCredential.prototype.getToken = own;
  server.closeAllConnections();
  server.close();
});

describe("entra", () => {
  it("signs every request with one token, and sends no key", async () => {
    const entra = { tenantId: "t", clientId: "c", clientSecret: "s" };
    await using loom = bareLoom({
      providers: { azure: { options: { endpoint, entra } } },
      variables: { AZURE_OPENAI_API_KEY: "must-not-be-sent" },
    });
    const ask = (prompt: string) => loom.generate({ provider: "azure", model: "gpt-4o", prompt });
    const results = await Promise.all([ask("one"), ask("two"), ask("three")]);
    assert.ok(results.every(({ text }) => text === "Hi."));
    assert.deepEqual(asked, ["https://cognitiveservices.azure.com/.default"]);
    assert.deepEqual(seen, Array.from({ length: 3 }, () => ["Bearer entra-token", undefined]));
  });
});
