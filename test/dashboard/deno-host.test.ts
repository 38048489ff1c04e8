/** The dashboard in a host of `Deno.serve`, whatever runtime runs this test. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const deno = fileURLToPath(new URL("../../node_modules/.bin/deno", import.meta.url));
const program = fileURLToPath(new URL("support/deno-host.ts", import.meta.url));

test("mounted in Deno.serve: page, figures, live rows that end with it", async () => {
  const child = spawn(deno, ["run", "-A", "--no-check", program], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const ended = once(child, "exit");
  try {
    const [line] = await once(child.stdout.setEncoding("utf8"), "data");
    const url = String(line).trim();
    const page = await fetch(url);
    assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'self'/);
    assert.match(await page.text(), /<title>Loom/);
    assert.equal((await (await fetch(`${url}api/overview`)).json()).totals.requests, 20);
    const live = await fetch(`${url}api/live`);
    assert.equal(live.headers.get("content-type"), "text/event-stream");
    child.stdin.end();
    assert.match(await live.text(), /: live/);
    assert.equal((await ended)[0], 0);
  } finally {
    child.kill("SIGKILL");
  }
});
