/** The conformance suite of providers, over a server of our own that streams slowly. */

import { after, before, test } from "node:test";
import process from "node:process";
import plugin from "../../../../plugins/providers/vertex/index.ts";
import gemini from "../../../../plugins/dialects/gemini/index.ts";
import type { Dialects } from "../../../../src/contract/services.ts";
import { CLOCK, DIALECTS, ENVIRONMENT, HTTP, type Token } from "../../../../src/plugin.ts";
import { systemClock } from "../../../../src/runtime/clock.ts";
import { fixedEnvironment } from "../../../../src/runtime/environment.ts";
import { providerSuite } from "../../../../src/testing/provider-suite.ts";
import { createHttp } from "../../../../src/wire/http.ts";
import { type Arrived, serve, type TestServer } from "../../../support/server.ts";

const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 3, totalTokenCount: 8 };
let server: TestServer;
let metadata: TestServer;
let patienceMs = 0;

const body = (text: string, finishReason?: string) => ({
  candidates: [{ content: { role: "model", parts: [{ text }] }, ...(finishReason && { finishReason }) }],
  usageMetadata,
});

before(async () => {
  server = await serve(answer);
  metadata = await serve(({ response }) => {
    response.writeHead(200, { "metadata-flavor": "Google", "content-type": "application/json" });
    response.end(JSON.stringify({ access_token: "meta-1", expires_in: 3600 }));
  });
  process.env["GCE_METADATA_HOST"] = new URL(metadata.url).host;
  process.env["METADATA_SERVER_DETECTION"] = "assume-present";
  process.env["HOME"] = "/nonexistent";
  delete process.env["GOOGLE_APPLICATION_CREDENTIALS"];
});
after(async () => {
  await server.close();
  await metadata.close();
});

async function answer({ url, response, left }: Arrived): Promise<void> {
  if (url.includes("broken")) {
    response.writeHead(503, { "content-type": "application/json" });
    return void response.end(JSON.stringify({ error: { code: 503, message: "No.", status: "UNAVAILABLE" } }));
  }
  if (!url.includes("streamGenerateContent")) {
    response.writeHead(200, { "content-type": "application/json" });
    return void response.end(JSON.stringify(body("One two.", "STOP")));
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  let gone = false;
  void left.then((early) => gone = early);
  for (let index = 0; index < 8 && !gone; index++) {
    response.write(`data: ${JSON.stringify(body(`word${index} `))}\r\n\r\n`);
    if (patienceMs > 0) await new Promise((resolve) => setTimeout(resolve, patienceMs));
  }
  response.end(`data: ${JSON.stringify(body("", "STOP"))}\r\n\r\n`);
}

providerSuite(test, async ({ purpose }) => {
  patienceMs = purpose === "slow" ? 20 : 0;
  const http = createHttp(systemClock);
  const dialects: Dialects = { get: async () => await gemini.make(() => undefined as never, undefined) };
  const services = new Map<unknown, unknown>([
    [CLOCK, systemClock],
    [HTTP, http],
    [ENVIRONMENT, fixedEnvironment({})],
    [DIALECTS, dialects],
  ]);
  const use = <T>(token: Token<T>): T => services.get(token) as T;
  const provider = await plugin.make(use, { project: "p1", baseUrl: `${server.url}/v1` });
  return { ...provider, close: () => http.close() };
}, {
  call: { target: { upstreamModel: "gemini-2.5-flash" } },
  failing: [{ target: { upstreamModel: "gemini-broken" } }],
});
