/** Vendors that have media alone, through a whole Loom: key, models, params, refusals, and files that are fetched. */

import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { Loom } from "../../../src/index.ts";
import { CLOCK } from "../../../src/plugin.ts";
import { failureOf } from "../../support/failure.ts";
import { hurriedClock } from "../../support/hurried-clock.ts";
import { bareLoom } from "../../support/looms.ts";
import { type Arrived, serve, type TestServer } from "../../support/server.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function vendorAt(id: string, answer: (arrived: Arrived, url: string) => unknown) {
  const server: TestServer = await serve((arrived) => {
    const body = answer(arrived, server.url);
    if (body === undefined) return;
    arrived.response.setHeader("content-type", "application/json");
    arrived.response.end(JSON.stringify(body));
  });
  const loom: Loom = bareLoom({
    variables: { BFL_API_KEY: "bfl-key", IDEOGRAM_API_KEY: "ideo-key" },
    providers: { [id]: { baseUrl: server.url } },
    provide: [[CLOCK, hurriedClock()]],
    downloads: { allowPrivate: true },
    retry: { maxAttempts: 3, baseDelayMs: 1 },
  });
  open.push(loom, server);
  return { server, loom };
}

describe("bfl", { timeout: 20_000 }, () => {
  it("draws: submits once, asks at the address it was given, fetches the file without the key", async () => {
    const { server, loom } = await vendorAt("bfl", ({ url, response }, origin) => {
      if (url === "/file.png") {
        return void response.writeHead(200, { "content-type": "image/png" }).end("\x89PNG");
      }
      if (url === "/poll?id=1") {
        return { id: "1", status: "Ready", result: { sample: `${origin}/file.png`, seed: 42 } };
      }
      return { id: "1", polling_url: `${origin}/poll?id=1`, cost: 3 };
    });
    const result = await loom.generate({
      provider: "bfl",
      modality: "image",
      model: "flux-2-pro",
      prompt: "A lighthouse",
      params: { size: "1024x768", quality: "high" },
      download: true,
    });
    const [image] = result.images;
    assert.equal(image?.mimeType, "image/png");
    assert.ok((image?.dataB64 ?? "") !== "");
    assert.deepEqual(result.warnings.map(({ code }) => code), ["param-dropped"]);
    assert.equal(result.cost.usd, 0.03);
    assert.deepEqual(server.requests.map(({ method, url, headers }) => [method, url, headers["x-key"]]), [
      ["POST", "/flux-2-pro", "bfl-key"],
      ["GET", "/poll?id=1", "bfl-key"],
      ["GET", "/file.png", undefined],
    ]);
    assert.deepEqual(JSON.parse(server.requests[0]?.body ?? ""), {
      prompt: "A lighthouse",
      width: 1024,
      height: 768,
    });
  });

  it("that cannot be heard after submitting is not asked to draw again", async () => {
    const { server, loom } = await vendorAt("bfl", ({ response }) => void response.socket?.destroy());
    const request = {
      provider: "bfl",
      modality: "image",
      model: "flux-2-pro",
      prompt: "A lighthouse",
    } as const;
    const error = await failureOf(loom.generate(request), "connection-failed");
    assert.equal(error.recovery, "never");
    assert.equal(server.requests.length, 1);
  });

  it("is asked again when it says that it has too many tasks", async () => {
    let count = 0;
    const { server, loom } = await vendorAt("bfl", ({ method, response }) => {
      if (method === "GET") {
        return { id: "1", status: "Ready", result: { sample: "https://a.example/a.png" } };
      }
      if (++count > 1) return { id: "1" };
      response.writeHead(429, { "content-type": "application/json" }).end(
        '{"detail":"Too many active tasks"}',
      );
      return undefined;
    });
    const result = await loom.generate({
      provider: "bfl",
      modality: "image",
      model: "flux-dev",
      prompt: "x",
    });
    assert.equal(result.images.length, 1);
    assert.equal(server.requests.length, 3);
  });

  it("says that it has no text, and a strict caller hears of what is left out", async () => {
    const { server, loom } = await vendorAt("bfl", () => ({}));
    await failureOf(loom.generate({ provider: "bfl", model: "flux-2-pro", prompt: "hi" }), "unsupported");
    const strict = {
      provider: "bfl",
      modality: "image",
      model: "m",
      prompt: "x",
      params: { n: 2 },
      strict: true,
    } as const;
    assert.match((await failureOf(loom.generate(strict), "unsupported")).message, /`n`/);
    assert.equal(server.requests.length, 0);
  });
});

describe("ideogram", { timeout: 20_000 }, () => {
  it("draws, and says of what it held back", async () => {
    const { server, loom } = await vendorAt("ideogram", () => ({
      data: [{ url: "https://a.example/a.png", is_image_safe: true }, { url: null, is_image_safe: false }],
    }));
    const result = await loom.generate({
      provider: "ideogram",
      modality: "image",
      model: "ideogram-v3",
      prompt: "A lighthouse",
      params: { n: 2, aspect_ratio: "16:9" },
    });
    assert.equal(result.images.length, 1);
    assert.equal(result.usage.images, 1);
    assert.deepEqual(result.warnings.map(({ code }) => code), ["content-filtered"]);
    assert.equal(server.requests[0]?.headers["api-key"], "ideo-key");
    assert.equal(server.requests[0]?.url, "/v1/ideogram-v3/generate");
  });

  it("that refuses a prompt is content-filtered, and not asked again", async () => {
    const { server, loom } = await vendorAt(
      "ideogram",
      ({ response }) =>
        void response.writeHead(422, { "content-type": "application/json" }).end('{"error":"safety"}'),
    );
    const request = { provider: "ideogram", modality: "image", model: "ideogram-v3", prompt: "x" } as const;
    await failureOf(loom.generate(request), "content-filtered");
    assert.equal(server.requests.length, 1);
  });
});
