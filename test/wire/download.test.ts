/** Fetching what a vendor gave as addresses: bytes where they can be had safely, a warning where not. */

import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { Part } from "../../src/contract/part.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { fakeAttempting, fakeCancellation } from "../../src/testing/fake-context.ts";
import { fakeSecret } from "../../src/testing/fake-secret.ts";
import type { DownloadOptions } from "../../src/contract/services.ts";
import { createDownloads, type Downloads } from "../../src/wire/download.ts";
import { guardedAgent } from "../../src/wire/guarded-agent.ts";
import { createHttp } from "../../src/wire/http.ts";
import { isPublicAddress } from "../../src/wire/public-address.ts";
import { failureOf } from "../support/failure.ts";
import { type Arrived, serve, type TestServer } from "../support/server.ts";
import { exchangeWith, wireCodec } from "../support/wire-codec.ts";

const open: (TestServer | Downloads)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function server(answer: (arrived: Arrived) => void): Promise<TestServer> {
  const made = await serve(answer);
  open.push(made);
  return made;
}

function downloads(options: DownloadOptions = { allowPrivate: true }, clock = systemClock): Downloads {
  const made = createDownloads(clock, options);
  open.push(made);
  return made;
}

const ctx = () => fakeAttempting({ deadlineMs: systemClock.monotonic() + 600_000 });
const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47]);
const sends = (body: Uint8Array, headers = {}) => ({ response }: Arrived) =>
  void response.writeHead(200, { "content-type": "image/png", ...headers }).end(body);
const image = (url: string): Part => ({ type: "image", url });

/** The message of the only warning; the part must be as it was. */
async function refusal(made: Downloads, part: Part): Promise<string> {
  const [same, warning, ...rest] = await made.fill(ctx(), [part]);
  assert.deepEqual(same, part);
  assert.equal(rest.length, 0);
  assert.ok(warning?.type === "warning" && warning.code === "download-failed", JSON.stringify(warning));
  return warning.message;
}

describe("downloads", { timeout: 20_000 }, () => {
  it("put bytes beside addresses, and leave the rest as it is", async () => {
    const { url, requests } = await server(sends(bytes));
    const others: readonly Part[] = [
      { type: "text", text: "hi" },
      { type: "image", dataB64: "AA==", url: `${url}/there` },
      { type: "raw", value: { url } },
    ];
    const parts = await downloads().fill(ctx(), [image(`${url}/a.png?sig=1`), {
      type: "audio",
      url: `${url}/b`,
    }, ...others]);
    assert.deepEqual(parts, [
      { type: "image", url: `${url}/a.png?sig=1`, dataB64: "iVBORw==", mimeType: "image/png" },
      { type: "audio", url: `${url}/b`, dataB64: "iVBORw==", mimeType: "image/png" },
      ...others,
    ]);
    assert.deepEqual(requests.map(({ url }) => url).sort(), ["/a.png?sig=1", "/b"]);
    for (const { headers } of requests) {
      assert.deepEqual(Object.keys(headers).sort(), ["accept", "connection", "host", "user-agent"]);
    }
  });

  it("keep the type that the vendor named", async () => {
    const { url } = await server(sends(bytes, { "content-type": "application/octet-stream" }));
    const [part] = await downloads().fill(ctx(), [{ type: "video", url, mimeType: "video/mp4" }]);
    assert.deepEqual(part, { type: "video", url, mimeType: "video/mp4", dataB64: "iVBORw==" });
  });

  it("follow three redirects and no fourth", async () => {
    const { url, requests } = await server(({ url: path, response }) => {
      const left = Number(path.slice(1));
      if (left === 0) return void response.writeHead(200, { "content-type": "image/png" }).end(bytes);
      response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    const [part] = await downloads().fill(ctx(), [image(`${url}/3`)]);
    assert.ok(part?.type === "image" && part.dataB64 === "iVBORw==");
    assert.match(await refusal(downloads(), image(`${url}/4`)), /redirected more than 3 times/);
    assert.equal(requests.length, 8);
  });

  it("do not follow a redirect to where they would not go", async () => {
    const inner = await server(sends(bytes));
    for (
      const location of [
        "file:///etc/passwd",
        "http://10.0.0.1/",
        "ftp://a.example/",
        "https://u:p@a.example/",
        "http://[",
      ]
    ) {
      const { url } = await server(({ response }) => void response.writeHead(307, { location }).end());
      assert.match(await refusal(downloads(), image(url)), /not https|password|no address/);
    }
    assert.equal(inner.requests.length, 0);
  });

  const bad: readonly (readonly [string, (arrived: Arrived) => void, RegExp])[] = [
    ["404", ({ response }) => void response.writeHead(404).end("gone"), /answer was 404/],
    ["a page", sends(Buffer.from("<html>"), { "content-type": "text/html" }), /text\/html came instead/],
    ["nothing", sends(Buffer.alloc(0)), /it is empty/],
    ["an announced size above the bound", sends(Buffer.alloc(2_000)), /larger than 1000 bytes/],
    ["a size above the bound", ({ response }) => {
      response.writeHead(200, { "content-type": "image/png" });
      response.write(Buffer.alloc(900));
      response.end(Buffer.alloc(900));
    }, /larger than 1000 bytes/],
    ["an encoding", sends(bytes, { "content-encoding": "gzip" }), /encoding/],
    ["half of it", ({ response }) => {
      response.writeHead(200, { "content-type": "image/png", "content-length": "900" });
      response.write(bytes, () => response.socket?.destroy());
    }, /could not be fetched/],
    ["a dropped connection", ({ response }) => void response.socket?.destroy(), /could not be fetched/],
  ];
  for (const [what, answer, message] of bad) {
    it(`that get ${what} leave the address and say why, without its secrets`, async () => {
      const { url } = await server(answer);
      const said = await refusal(
        downloads({ allowPrivate: true, maxBytes: 1_000 }),
        image(`${url}/a?sig=secret`),
      );
      assert.match(said, message);
      assert.match(said, /^image: it could not be fetched from 127\.0\.0\.1:\d+: /);
      assert.ok(!said.includes("secret"));
    });
  }

  it("never leave the internet, whatever a name resolves to", async () => {
    const inner = await server(sends(bytes));
    const { port } = new URL(inner.url);
    const hosts = [
      "127.0.0.1",
      "localhost",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "0x7f.1",
      "169.254.169.254",
      "10.1.2.3",
    ];
    for (const host of hosts) {
      assert.match(
        await refusal(downloads({}), image(`https://${host}:${port}/`)),
        /not on the internet/,
        host,
      );
      assert.match(await refusal(downloads({}), image(`http://${host}:${port}/`)), /not https/, host);
    }
    for (const address of ["127.0.0.1", "::ffff:7f00:1", "fd00::1"]) {
      const family = address.includes(":") ? 6 : 4;
      const rebound = createDownloads(systemClock, {}, (_, __, done) => done(null, [{ address, family }]));
      open.push(rebound);
      assert.match(
        await refusal(rebound, image(`https://cdn.example:${port}/`)),
        /not on the internet/,
        address,
      );
    }
    assert.deepEqual([inner.requests.length, inner.connections], [0, 0]);
  });

  it("look at the address once more when the connection stands", async () => {
    const { url, requests } = await server(sends(bytes));
    const agent = await guardedAgent({ connectMs: 1_000, allowPrivate: false });
    await assert.rejects(agent.request({ origin: url, path: "/", method: "GET" }), /not on the internet/);
    await agent.destroy();
    assert.equal(requests.length, 0);
  });

  it("end with the call", async () => {
    const cancellation = fakeCancellation();
    const { url } = await server(() => cancellation.cancel());
    await failureOf(downloads().fill(fakeAttempting({ cancellation }), [image(url)]), "aborted");
  });

  it("end before the call's own deadline, so that the answer is not lost with them", async () => {
    const clock = fakeClock();
    const { url, request } = await server(() => {});
    const filling = downloads({ allowPrivate: true }, clock).fill(fakeAttempting({ deadlineMs: 5_250 }), [
      image(url),
    ]);
    await request();
    await clock.advance(5_000);
    const [same, warning] = await filling;
    assert.deepEqual(same, image(url));
    assert.ok(warning?.type === "warning");
    assert.match(warning.message, /took longer than 5000 ms/);
    assert.equal(clock.pending, 0);
  });

  it("are at most sixteen, four at a time", async () => {
    let now = 0;
    let most = 0;
    const { url, requests } = await server(({ response }) => {
      most = Math.max(most, ++now);
      setImmediate(() => {
        now--;
        response.writeHead(200, { "content-type": "image/png" }).end(bytes);
      });
    });
    const parts = await downloads().fill(
      ctx(),
      Array.from({ length: 20 }, (_, index) => image(`${url}/${index}`)),
    );
    assert.equal(parts.filter((part) => part.type === "image" && part.dataB64 !== undefined).length, 16);
    assert.equal(parts.filter(({ type }) => type === "warning").length, 4);
    assert.equal(requests.length, 16);
    assert.ok(most <= 4, `${most} at a time`);
  });

  it("happen for calls that ask for them, and no key goes with them", async () => {
    const { url, requests } = await server(({ url, response }) =>
      url === "/say"
        ? void response.writeHead(200, { "content-type": "application/json" }).end('{"text":"x"}')
        : sends(bytes)({ response } as Arrived)
    );
    const http = createHttp(systemClock, {}, Math.random, { allowPrivate: true });
    const codec = { ...wireCodec(), decode: (): readonly Part[] => [image(`${url}/file`)] };
    const plan = exchangeWith(url, { codec, key: fakeSecret("sk-1"), headers: { "x-own": "1" } });
    for (const download of [false, true]) {
      const call = fakeAttempting({ call: { download }, deadlineMs: systemClock.monotonic() + 60_000 });
      const answer = await http.exchange(call, plan);
      const [part] = "parts" in answer ? answer.parts : [];
      assert.equal(part?.type === "image" && part.dataB64 !== undefined, download);
    }
    const [file, ...more] = requests.filter((request) => request.url === "/file");
    assert.equal(more.length, 0);
    assert.deepEqual([file?.headers.authorization, file?.headers["x-own"]], [undefined, undefined]);
    await http.close();
  });
});

describe("isPublicAddress()", () => {
  const inside =
    "0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 " +
    "192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:7f00:1 " +
    "::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 fc00::1 " +
    "fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 [::1] text 1.2.3 1::2::3 :::";
  for (const address of inside.split(" ")) {
    it(`${address} is not`, () => assert.equal(isPublicAddress(address), false));
  }
  it("nothing is not", () => assert.equal(isPublicAddress(""), false));
  const outside =
    "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 223.255.255.255 " +
    "2606:4700::1111 2a00:1450:4001::200e ::ffff:8.8.8.8 64:ff9b::808:808 [2606:4700::1111]";
  for (const address of outside.split(" ")) {
    it(`${address} is`, () => assert.equal(isPublicAddress(address), true));
  }
});
