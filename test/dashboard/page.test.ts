/** The page and its files: types, headers, caching, and where it may be mounted. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createDashboard } from "../../src/gateway.ts";
import { files } from "../../src/dashboard/page/_index.ts";
import { type Asked, dashboardOf, hostedOnNode, type Recorded, recorded } from "./support/host.ts";
import { madeCall } from "./support/made-calls.ts";

let kept: Recorded;
let asked: Asked;
before(async () => {
  kept = await recorded();
  asked = dashboardOf({ loom: kept.loom, basePath: "/ops" });
});
after(async () => {
  asked.dashboard.close();
  await kept.loom.close();
});

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

describe("the page", () => {
  test("every file is served, with its type, the policy, and a tag that spares the next transfer", async () => {
    for (const name of ["", ...Object.keys(files), "vendor/uplot.js", "vendor/uplot.css"]) {
      const response = await asked.get(name);
      assert.equal(response.status, 200, name);
      const { headers } = response;
      assert.equal(headers.get("content-type"), types[(name || "index.html").split(".").at(-1) ?? ""], name);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("set-cookie"), null);
      assert.ok((await response.text()).length > 100);
      const again = await asked.get(name, { "if-none-match": headers.get("etag") ?? "" });
      assert.deepEqual([again.status, await again.text()], [304, ""], name);
    }
  });

  test("its policy lets nothing in from elsewhere, nothing inline, and nobody frame it", async () => {
    for (const path of ["", "api/facts", "api/nothing"]) {
      const { headers } = await asked.get(path);
      const policy = headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src 'self'; script-src 'self'; style-src 'self';/);
      assert.match(policy, /frame-ancestors 'none'; require-trusted-types-for 'script'/);
      assert.doesNotMatch(policy, /unsafe|\*/);
      assert.equal(headers.get("x-frame-options"), "DENY");
      assert.equal(headers.get("referrer-policy"), "no-referrer");
    }
  });

  test("holds no inline script and no inline style, and never writes markup", () => {
    const { "index.html": html = "", ...rest } = files;
    assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style/);
    for (const [name, text] of Object.entries(rest)) {
      assert.doesNotMatch(
        text,
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/,
        name,
      );
    }
  });

  test("names from callers reach JSON as they are, under a type that is never markup", async () => {
    const hostile = "</script><img src=x onerror=alert(1)>";
    kept.write({ ...madeCall(1, Date.now() - 10), callId: hostile, team: hostile, model: hostile });
    for (const path of ["api/calls", `api/calls/${encodeURIComponent(hostile)}`, "api/breakdown?by=team"]) {
      const response = await asked.get(path);
      assert.equal(response.headers.get("content-type"), "application/json");
      assert.ok((await response.text()).includes("onerror"));
    }
    const fault = await asked.get(`api/calls?${encodeURIComponent(hostile)}=1`);
    assert.deepEqual([fault.status, fault.headers.get("content-type")], [400, "application/json"]);
  });

  test("HEAD answers without a body", async () => {
    const answer = await asked.dashboard.fetch(
      new Request("http://localhost/ops/style.css", { method: "HEAD" }),
    );
    assert.deepEqual([answer.status, await answer.text()], [200, ""]);
  });
});

describe("mounted", () => {
  test("under a path, which without its slash leads to the one with it", async () => {
    const bare = await asked.dashboard.fetch(new Request("http://localhost/ops?x=1"));
    assert.deepEqual([bare.status, bare.headers.get("location")], [308, "/ops/?x=1"]);
    for (const path of ["/", "/opsy/", "/other/api/facts", "/api/facts"]) {
      assert.equal((await asked.dashboard.fetch(new Request(`http://localhost${path}`))).status, 404, path);
    }
    assert.doesNotMatch(files["index.html"] ?? "", /(?:src|href)="\//, "addresses are relative");
  });

  test("in a host of node:http", async () => {
    const dashboard = createDashboard({ loom: kept.loom });
    const host = await hostedOnNode(dashboard);
    const page = await fetch(`${host.url}/`);
    assert.match(await page.text(), /<title>Loom/);
    assert.equal((await (await fetch(`${host.url}/api/facts`)).json()).keySet, false);
    const live = await fetch(`${host.url}/api/live`);
    const reader = live.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes(": live")) text += (await reader.read()).value ?? "";
    kept.write({ ...madeCall(2, Date.now()), callId: "call_seen_live" });
    while (!text.includes("call_seen_live")) text += (await reader.read()).value ?? "";
    dashboard.close();
    assert.equal((await reader.read()).done, true);
    await host.close();
  });

  test("in any host that takes a handler of the web, unbound", async () => {
    const { fetch: handler, close } = createDashboard({ history: kept.history, basePath: "/x/y" });
    assert.equal((await handler(new Request("http://localhost/x/y/api/facts"))).status, 200);
    close();
  });
});
