/** Jobs over real sockets: asked after through every trouble, never begun twice, told to stop when nobody waits. */

import assert from "node:assert/strict";
import { after, afterEach, describe, it } from "node:test";
import type { Http } from "../../../../src/contract/services.ts";
import type { Attempting } from "../../../../src/contract/context.ts";
import type { Part } from "../../../../src/contract/part.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { fakeAttempting, fakeCancellation } from "../../../../src/testing/fake-context.ts";
import { fakeSecret } from "../../../../src/testing/fake-secret.ts";
import { addressOf, createAddresses } from "../../../../src/wire/address.ts";
import { createHttp } from "../../../../src/wire/http.ts";
import { type HurriedClock, hurriedClock } from "../../../support/hurried-clock.ts";
import { type Arrived, serve, type TestServer, until } from "../../../support/server.ts";
import { exchangeWith } from "../../../support/wire-codec.ts";
import { codecOf, vendor } from "./support.ts";

let clock: HurriedClock = hurriedClock();
const services: Http[] = [];
const servers: TestServer[] = [];
afterEach(async () => {
  clock = hurriedClock();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
after(() => Promise.all(services.map((http) => http.close())));

const json = (response: Arrived["response"], body: unknown, status = 200, headers = {}) =>
  void response.writeHead(status, { "content-type": "application/json", ...headers }).end(
    JSON.stringify(body),
  );

type Step = (arrived: Arrived) => void;
const says = (body: unknown, status = 200, headers = {}): Step => ({ response }) =>
  json(response, body, status, headers);
const drops: Step = ({ response }) => void response.socket?.destroy();

/** A vendor whose answers to submit and to each question are given in order; the last one stays. */
async function vendorWith(submit: Step, polls: readonly Step[]): Promise<TestServer> {
  let asked = 0;
  const server = await serve((arrived) => {
    if (arrived.method === "POST" && !arrived.url.includes("cancel")) return submit(arrived);
    if (arrived.method === "DELETE" || arrived.url.includes("cancel")) return json(arrived.response, {});
    return (polls[Math.min(asked++, polls.length - 1)] as Step)(arrived);
  });
  servers.push(server);
  return server;
}

async function run(
  id: string,
  server: TestServer,
  ctx: Attempting = contextFor(id),
): Promise<{ parts: readonly Part[]; error?: undefined } | { parts?: undefined; error: LoomError }> {
  const http = createHttp(clock, {}, () => 0);
  services.push(http);
  const plan = exchangeWith(server.url, {
    codec: codecOf(id),
    manifest: vendor(id),
    key: fakeSecret("sk-key"),
  });
  return await http.exchange(ctx, plan).then(
    (answer) => ({ parts: "parts" in answer ? answer.parts : [] }),
    (error) => ({ error: error as LoomError }),
  );
}

function contextFor(id: string, more: Parameters<typeof fakeAttempting>[0] = {}): Attempting {
  const modality = id === "bfl" ? "image" : "video";
  return fakeAttempting({
    ...more,
    call: { modality, prompt: "A lighthouse", messages: [], ...more?.call },
    target: { provider: id, upstreamModel: "m-1" },
  });
}

const running = says({ id: "c-1", status: "running" });
const done = says({
  id: "c-1",
  status: "succeeded",
  content: { video_url: "https://a.example/a.mp4" },
  duration: 5,
});
const begun = says({ id: "c-1" });
const submits = (server: TestServer) => server.requests.filter(({ method }) => method === "POST").length;
const polls = (server: TestServer) => server.requests.filter(({ method }) => method === "GET").length;

describe("a job", { timeout: 30_000 }, () => {
  it("is asked after with growing waits until it is done", async () => {
    const server = await vendorWith(begun, [running, running, running, done]);
    const { parts } = await run("seedream", server);
    assert.deepEqual(parts?.find(({ type }) => type === "video"), {
      type: "video",
      mimeType: "video/mp4",
      url: "https://a.example/a.mp4",
    });
    assert.deepEqual(clock.waits, [1000, 1500, 2250, 3375]);
    assert.equal(server.requests[1]?.url, "/contents/generations/tasks/c-1");
    assert.equal(server.requests[1]?.headers.authorization, "Bearer sk-key");
  });

  const troubles: readonly (readonly [string, Step, number?])[] = [
    ["a connection that is dropped", drops],
    ["a 500", says({ error: { message: "oops" } }, 500)],
    ["a 503 that is HTML", ({ response }) => void response.writeHead(503).end("<h1>busy</h1>")],
    [
      "a 429 that says how long to wait",
      says({ error: { message: "slow" } }, 429, { "retry-after": "7" }),
      7000,
    ],
    ["an answer that is cut", ({ response }) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      response.write('{"id"', () => response.socket?.destroy());
    }],
  ];
  for (const [what, trouble, waitMs] of troubles) {
    it(`survives ${what}`, async () => {
      const server = await vendorWith(begun, [running, trouble, trouble, done]);
      const { parts, error } = await run("seedream", server);
      assert.equal(error, undefined, String(error));
      assert.ok(parts?.some(({ type }) => type === "video"));
      assert.equal(submits(server), 1);
      assert.equal(polls(server), 4);
      if (waitMs !== undefined) assert.equal(clock.waits.filter((wait) => wait === waitMs).length, 2);
    });
  }

  it("that nobody can see the end of is given up, and not begun again", async () => {
    const server = await vendorWith(begun, [drops]);
    const { error } = await run("seedream", server);
    assert.equal(error?.code, "connection-failed");
    assert.equal(error.recovery, "never");
    assert.match(error.message, /\(job c-1\)/);
    assert.deepEqual([submits(server), polls(server)], [1, 10]);
  });

  const ends: readonly (readonly [string, string, Step, Step, string, string])[] = [
    [
      "seedream",
      "fails",
      begun,
      says({ status: "failed", error: { code: "InternalServiceError", message: "x" } }),
      "provider-failed",
      "next-target",
    ],
    [
      "seedream",
      "is held back",
      begun,
      says({ status: "failed", error: { code: "OutputVideoSensitiveContentDetected", message: "x" } }),
      "content-filtered",
      "never",
    ],
    [
      "bfl",
      "is held back",
      says({ id: "b" }),
      says({ id: "b", status: "Request Moderated" }),
      "content-filtered",
      "never",
    ],
    [
      "seedream",
      "is unknown",
      begun,
      says({ error: { code: "NotFound", message: "no task" } }, 404),
      "model-not-found",
      "never",
    ],
  ];
  for (const [id, what, submit, end, code, recovery] of ends) {
    it(`of ${id} that ${what} is ${code}`, async () => {
      const server = await vendorWith(submit, [end]);
      const { error } = await run(id, server);
      assert.equal(error?.code, code, String(error));
      assert.equal(error.recovery, recovery);
      assert.equal(submits(server), 1);
    });
  }

  it("is called off when the caller leaves, and the vendor is told", async () => {
    const cancellation = fakeCancellation();
    const server = await vendorWith(begun, [() => cancellation.cancel()]);
    const { error } = await run("seedream", server, contextFor("seedream", { cancellation }));
    assert.equal(error?.code, "aborted");
    await until("the vendor was told", () => server.requests.some(({ method }) => method === "DELETE"));
    assert.equal(
      server.requests.find(({ method }) => method === "DELETE")?.url,
      "/contents/generations/tasks/c-1",
    );
    assert.equal(submits(server), 1);
  });

  it("that may have begun is not begun again", async () => {
    const server = await vendorWith(drops, [done]);
    const { error } = await run("seedream", server);
    assert.equal(error?.code, "connection-failed");
    assert.equal(error.recovery, "never");
    assert.equal(submits(server), 1);
  });

  it("whose beginning was refused may be tried again", async () => {
    const server = await vendorWith(says({ error: { code: "ServerOverloaded", message: "x" } }, 503), [done]);
    const { error } = await run("seedream", server);
    assert.deepEqual([error?.code, error?.recovery], ["overloaded", "same-target"]);
  });

  it("two hundred at a time each get their own end, and leave nothing behind", async () => {
    let count = 0;
    const looked = new Map<string, number>();
    const server = await serve(({ method, url, response }) => {
      if (method === "POST") return json(response, { id: `c-${++count}` });
      const id = url.split("/").at(-1) ?? "";
      const times = (looked.get(id) ?? 0) + 1;
      looked.set(id, times);
      const content = { video_url: `https://a.example/${id}.mp4` };
      json(response, times < 3 ? { status: "running" } : { id, status: "succeeded", content });
    });
    servers.push(server);
    const http = createHttp(clock, {}, Math.random);
    services.push(http);
    const plan = exchangeWith(server.url, { codec: codecOf("seedream"), manifest: vendor("seedream") });
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => http.exchange(contextFor("seedream"), plan)),
    );
    const urls = answers.map((answer) => {
      const part = "parts" in answer ? answer.parts.find(({ type }) => type === "video") : undefined;
      return part?.type === "video" ? part.url : undefined;
    });
    assert.equal(new Set(urls).size, 200);
    assert.equal(count, 200);
    assert.ok([...looked.values()].every((times) => times === 3));
    assert.ok(server.connections <= 400, `${server.connections} connections`);
  });
});

describe("the address that a vendor names", () => {
  it("is asked with the key when it is its own", async () => {
    let url = "";
    const ready = says({ id: "b", status: "Ready", result: { sample: "https://a.example/a.png" } });
    const server = await vendorWith(
      ({ response }) => json(response, { id: "b", polling_url: `${url}/p?id=b` }),
      [ready],
    );
    url = server.url;
    const { error } = await run("bfl", server);
    assert.equal(error, undefined, String(error));
    assert.equal(server.requests[1]?.url, "/p?id=b");
    assert.equal(server.requests[1]?.headers["x-key"], "sk-key");
  });

  it("is not asked when it is plain http elsewhere", async () => {
    const other = await vendorWith(done, [done]);
    const server = await vendorWith(says({ id: "b", polling_url: `${other.url}/p` }), [done]);
    const { error } = await run("bfl", server);
    assert.equal(error?.code, "invalid-reply");
    assert.equal(error.recovery, "never");
    assert.equal(other.requests.length, 0);
  });

  const hosts: readonly (readonly [string, boolean])[] = [
    ["https://api.us1.bfl.ai/v1/get_result?id=1", true],
    ["https://api.bfl.ai/v1/get_result?id=1", true],
    ["https://bfl.ai.thief.example/v1/get_result?id=1", false],
    ["https://thiefbfl.ai/v1/get_result?id=1", false],
    ["https://api.bfl.ai@thief.example/", false],
  ];
  for (const [url, trusted] of hosts) {
    it(`gets ${trusted ? "the" : "no"} key at ${url}`, () => {
      const plan = exchangeWith("https://api.bfl.ai/v1", { manifest: vendor("bfl") });
      assert.equal(addressOf(createAddresses(), plan, url).trusted, trusted);
    });
  }

  it("may be beside the base URL", () => {
    const plan = exchangeWith("https://proxy.example/dashscope/compatible-mode/v1", {
      manifest: vendor("qwen"),
    });
    assert.deepEqual(addressOf(createAddresses(), plan, "/../../api/v1/tasks/1?x=%2e"), {
      origin: "https://proxy.example",
      path: "/dashscope/api/v1/tasks/1?x=%2e",
      trusted: true,
    });
  });
});
