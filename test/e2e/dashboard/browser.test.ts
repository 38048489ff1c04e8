/** The dashboard in a browser, as people use it: with eyes, with the keyboard alone, in the dark, on a phone. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { createDashboard, type Dashboard } from "../../../src/gateway.ts";
import { type Hosted, hostedOnNode, type Recorded, recorded } from "../../dashboard/support/host.ts";
import { madeCall, madeCalls } from "../../dashboard/support/made-calls.ts";
import { type Folder, folderOf } from "../../support/folder.ts";
import { type Served, startServe } from "../../support/served.ts";
import { type Arrived, serve, type TestServer } from "../../support/server.ts";
import { openPage, startBrowser } from "./support.ts";

let browser: Browser;
let vendor: TestServer;
let folder: Folder;
let gateway: Served;
let kept: Recorded;
const dashboards: Dashboard[] = [];
const hosts: Hosted[] = [];

/** Fails a call's first try where it is told to, or all of them. */
const flaky = new Set<string>();
function answer({ body, response }: Arrived): void {
  const say = (status: number, json: object) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
  if (body.includes("refused")) return say(400, { error: { message: "That is no request." } });
  if (body.includes("once") && !flaky.has(body)) {
    flaky.add(body);
    return say(503, { error: { message: "The server had an error" } });
  }
  const message = { role: "assistant", content: "Hi." };
  const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };
  say(200, {
    id: "c",
    object: "chat.completion",
    choices: [{ index: 0, message, finish_reason: "stop" }],
    usage,
  });
}

before(async () => {
  vendor = await serve(answer);
  folder = await folderOf({
    "loom.yaml": `ai_gateway:
  providers: [{ name: openai, api_key: sk-test, base_url: "${vendor.url}/v1" }]
  retry: { max_attempts: 2, base_delay: 1ms }
`,
  });
  [browser, gateway, kept] = await Promise.all([
    startBrowser(),
    startServe(["--config", folder.file("loom.yaml")]),
    recorded(),
  ]);
  kept.write(...madeCalls(300, Date.now(), 3_600_000));
}, { timeout: 90_000 });
after(async () => {
  await browser?.close();
  for (const dashboard of dashboards) dashboard.close();
  await Promise.all(hosts.map((host) => host.close()));
  await gateway?.stop();
  await vendor?.close();
  await folder?.[Symbol.asyncDispose]();
  await kept?.loom.close();
});

async function hosted(key?: string): Promise<string> {
  const dashboard = createDashboard({ loom: kept.loom, ...(key === undefined ? {} : { key }) });
  const host = await hostedOnNode(dashboard);
  dashboards.push(dashboard);
  hosts.push(host);
  return `${host.url}/`;
}

async function send(content: string): Promise<void> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "openai/gpt-4o-mini", messages: [{ role: "user", content }] }),
  });
  await response.arrayBuffer();
}

const rows = (page: Page) => page.locator("#rows tr");
const countOf = (page: Page, count: number) =>
  page.waitForFunction((wanted) => document.querySelectorAll("#rows tr").length === wanted, count);

describe("on a gateway that serves", () => {
  test("live rows appear while traffic runs, stop when paused, and come back", async () => {
    const { page, complaints, origins } = await openPage(browser, `${gateway.adminUrl}/loom-admin/`);
    await page.getByText("No admin key is set").waitFor();
    await page.locator("#live-state", { hasText: "live" }).waitFor();
    for (const prompt of ["fine", "fails once", "refused"]) await send(prompt);
    await countOf(page, 3);
    assert.equal(await page.locator("#rows .badge.failed").count(), 1);
    await page.locator("#moves").getByText("(503)").waitFor();

    await page.getByRole("button", { name: "Pause" }).click();
    await send("unseen");
    await page.getByRole("button", { name: "Resume" }).click();
    await countOf(page, 4);

    await page.getByLabel("Status").selectOption("failed");
    await countOf(page, 1);
    await page.getByRole("button", { name: "Clear" }).click();
    await countOf(page, 4);
    await page.getByLabel("retried only").check();
    await countOf(page, 1);
    assert.match(await rows(page).first().innerText(), /2 attempts/);

    await page.locator("#providers").getByText("openai", { exact: true }).waitFor();
    assert.deepEqual(
      [complaints, [...origins]],
      [[], [gateway.adminUrl]],
      "no complaint, and nothing from elsewhere",
    );
    await page.context().close();
  });
});

describe("over a recorded hour", () => {
  test("panels show what was recorded, ranges and groups switch, what-if prices", async () => {
    const { page, complaints } = await openPage(browser, await hosted());
    await rows(page).first().waitFor();
    for (
      const title of [
        "Requests / min",
        "p95 latency",
        "Time to first token",
        "Cache hit rate",
        "Dedup rate",
        "Cost · 24 h",
      ]
    ) {
      await page.getByRole("heading", { name: title }).waitFor();
    }
    assert.equal(await page.locator(".u-over").count(), 3, "three charts");
    assert.match(await page.locator("#chart-requests .unseen table").innerText(), /Requests over time/);
    await page.locator("#spend-by").getByText("Team").click();
    await page.locator("#spend").getByText("research").waitFor();
    await page.locator("#range").getByText("24 h").click();
    await page.locator("#moves").getByText("rate-limited (429)").first().waitFor();
    await page.locator("#spend").getByRole("button", { name: "support" }).click();
    assert.equal(await page.locator("#filters input[name=team]").inputValue(), "support");
    await page.waitForFunction(() =>
      [...document.querySelectorAll("#rows tr td:last-child")].every(({ textContent }) =>
        textContent?.startsWith("support")
      )
    );
    await page.locator("#whatif-models").fill("openai/gpt-4o-mini");
    await page.getByRole("button", { name: "Price it" }).click();
    await page.locator("#whatif").getByText("on openai/gpt-4o-mini").waitFor();
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test("the keyboard alone reaches a receipt and comes back", async () => {
    const { page } = await openPage(browser, await hosted());
    await rows(page).first().waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.className), "skip");
    await page.locator('#rows [tabindex="0"]').focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    const second = await rows(page).nth(1).getAttribute("data-call");
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-call")), second);
    await page.keyboard.press("Enter");
    await page.locator(".timeline li").first().waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.id), "receipt-heading");
    assert.match(await page.locator("#receipt-heading").innerText(), new RegExp(`${second}$`));
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#receipt").isVisible(), false);
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-call")), second);
    await page.context().close();
  });

  test("it is dark when the system is, or when it is told to", async () => {
    const { page } = await openPage(browser, await hosted(), { colorScheme: "dark" });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(await ground(), "rgb(14, 17, 21)");
    await page.getByRole("button", { name: "Theme: auto" }).click();
    assert.equal(await ground(), "rgb(245, 246, 248)");
    await page.reload();
    await page.getByRole("button", { name: "Theme: light" }).click();
    assert.equal(await ground(), "rgb(14, 17, 21)");
    await page.context().close();
  });

  test("on a phone nothing is wider than the screen", async () => {
    const { page } = await openPage(browser, await hosted(), { viewport: { width: 360, height: 740 } });
    await rows(page).first().waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await page.context().close();
  });

  test("no serious fault of accessibility, light, dark, and with a receipt open", async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await openPage(browser, await hosted(), { colorScheme });
      await page.locator("#moves button").first().waitFor();
      assert.deepEqual(await violations(page, axe), [], colorScheme);
      await page.locator("#moves button").first().click();
      await page.locator(".timeline li").first().waitFor();
      assert.deepEqual(await violations(page, axe), [], `${colorScheme}, receipt`);
      await page.context().close();
    }
  });

  test("a key is asked for once, kept for the tab, and a wrong one is refused", async () => {
    const { page } = await openPage(browser, await hosted("open sesame"));
    await page.getByLabel("Admin key").fill("wrong");
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByText("This key was refused").waitFor();
    assert.equal(await page.locator("#panels").isVisible(), false);
    await page.getByLabel("Admin key").fill("open sesame");
    await page.keyboard.press("Enter");
    await rows(page).first().waitFor();
    await page.reload();
    await rows(page).first().waitFor();
    assert.equal(await page.getByText("No admin key").count(), 0);
    assert.equal(page.url().includes("sesame"), false);
    await page.context().close();
  });

  test("after a break it comes back, and shows what it missed", async () => {
    const inner = createDashboard({ loom: kept.loom });
    let current = inner;
    const host = await hostedOnNode({ fetch: (request) => current.fetch(request), close: () => {} });
    const { page } = await openPage(browser, host.url);
    await rows(page).first().waitFor();
    const before = await rows(page).first().getAttribute("data-call");
    current = createDashboard({ loom: kept.loom });
    inner.close();
    await page.getByText("reconnecting").waitFor();
    kept.write({ ...madeCall(88, Date.now()), callId: "call_missed" });
    await page.locator('#rows tr[data-call="call_missed"]').waitFor();
    assert.equal(await rows(page).first().getAttribute("data-call"), "call_missed");
    assert.equal(await rows(page).nth(1).getAttribute("data-call"), before);
    current.close();
    await page.context().close();
    await host.close();
  });

  test("names from callers are text, wherever they show", async () => {
    const hostile = `<img src=x onerror="globalThis.harmed=true"><script>globalThis.harmed=true</script>`;
    const { attempts, ...receipt } = madeCall(77, Date.now() - 1_000).receipt;
    const failed = { code: "provider-failed" as const, message: hostile, status: 500 };
    const [first] = madeCalls(300, Date.now(), 1).flatMap((one) => one.receipt.attempts);
    assert.ok(first !== undefined && Array.isArray(attempts));
    kept.write({
      ...madeCall(77, Date.now() - 1_000),
      callId: hostile,
      provider: hostile,
      model: hostile,
      team: hostile,
      user: hostile,
      tags: [hostile],
      via: { keyId: hostile, format: hostile },
      attempts: 2,
      content: { input: [{ role: hostile, text: hostile }], output: hostile, cut: false },
      receipt: {
        ...receipt,
        callId: hostile,
        steps: [{ atMs: 0, by: hostile, what: hostile, detail: { [hostile]: hostile } }],
        warnings: [{ code: hostile, message: hostile }],
        attempts: [
          { ...first, provider: hostile, status: "failed", error: failed },
          { ...first, attempt: 2, provider: hostile },
        ],
      },
    });
    const { page, complaints } = await openPage(browser, await hosted());
    await page.locator("#rows").getByText(hostile).first().waitFor();
    await page.locator("#spend").getByText(hostile).waitFor();
    await page.locator("#moves button").getByText(hostile).first().click();
    await page.locator(".timeline").getByText(hostile).first().waitFor();
    assert.equal(await page.evaluate(() => document.querySelectorAll('img[src="x"], body script').length), 0);
    assert.equal(await page.evaluate(() => "harmed" in globalThis), false);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
});

/** What axe calls serious or critical, by its rule and where. */
async function violations(page: Page, axe: string): Promise<readonly string[]> {
  await page.evaluate(axe);
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      readonly axe: {
        run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
      };
    };
    const found = await axe.run();
    return found.violations.filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  });
}
