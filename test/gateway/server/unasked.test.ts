/** A server that stops waits for what was asked of it, and for no connection over which nothing was. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { connect, type Socket } from "node:net";
import { describe, test } from "node:test";
import { connect as connectSecure } from "node:tls";
import { fileURLToPath } from "node:url";
import { createGateway } from "../../../src/gateway.ts";
import { bareLoom } from "../../support/looms.ts";
import { serve } from "../../support/server.ts";

const certFile = fileURLToPath(new URL("tls/cert.pem", import.meta.url));
const keyFile = fileURLToPath(new URL("tls/key.pem", import.meta.url));
const ca = readFileSync(certFile);

/** Ways to connect and ask nothing, or half of something. */
const silences: readonly { name: string; tls: boolean; open(port: number): Socket }[] = [
  { name: "a connection that says nothing", tls: false, open: (port) => connect(port, "127.0.0.1") },
  {
    name: "a connection that says half a head",
    tls: false,
    open: (port) => {
      const socket = connect(
        port,
        "127.0.0.1",
        () => void socket.write("GET /v1/models HTTP/1.1\r\nhost: a"),
      );
      return socket;
    },
  },
  {
    name: "a connection that never agrees on TLS",
    tls: true,
    open: (port) => connect(port, "127.0.0.1"),
  },
  {
    name: "a connection that agrees on TLS and says nothing",
    tls: true,
    open: (port) => connectSecure({ port, host: "localhost", ca }),
  },
];

const body = JSON.stringify({
  model: "openai/any",
  messages: [{ role: "user", content: "Take your time." }],
});
const answer = {
  id: "c",
  object: "chat.completion",
  model: "any",
  choices: [{ index: 0, message: { role: "assistant", content: "Done." }, finish_reason: "stop" }],
};

function post(port: number, tls: boolean): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const options = { host: "localhost", port, path: "/v1/chat/completions", method: "POST", headers };
    const asked = tls
      ? requestSecure({ ...options, ca, agent: false })
      : requestPlain({ ...options, agent: false });
    asked.on("response", (response) => response.resume().on("end", () => resolve(response.statusCode)));
    asked.on("error", reject);
    asked.end(body);
  });
}

describe("a server that stops", () => {
  for (const { name, tls, open } of silences) {
    test(`drops ${name}, and lets a request go on`, { timeout: 20_000 }, async () => {
      const vendor = await serve(() => {});
      await using loom = bareLoom({
        providers: { openai: { baseUrl: vendor.url, apiKey: "k", models: "open" } },
      });
      const gateway = createGateway(loom, { server: tls ? { tls: { certFile, keyFile } } : {} });
      const { port } = await gateway.listen({ port: 0 });
      const socket = open(port);
      socket.on("error", () => {}).resume();
      await new Promise((resolve) =>
        socket.once(tls && "encrypted" in socket ? "secureConnect" : "connect", resolve)
      );
      const parted = new Promise((resolve) => socket.once("close", resolve));
      const status = post(port, tls);
      const { response } = await vendor.request();
      const closing = gateway.close();
      // The vendor answers only when the silent one is gone.
      await parted;
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
      assert.equal(await status, 200);
      await closing;
      await vendor.close();
    });
  }
});
