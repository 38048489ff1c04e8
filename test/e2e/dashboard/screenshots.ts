/** Draws the pictures of docs/dashboard.md anew, over calls that were made up: `npm run screenshots`. */

import { mkdir } from "node:fs/promises";
import { createDashboard } from "../../../src/gateway.ts";
import { hostedOnNode, recorded } from "../../dashboard/support/host.ts";
import { madeCalls } from "../../dashboard/support/made-calls.ts";
import { openPage, startBrowser } from "./support.ts";

const folder = new URL("../../../docs/images/", import.meta.url);
const picture = (name: string) => new URL(`dashboard-${name}.png`, folder).pathname;

const dayMs = 86_400_000;
const { loom, write } = await recorded();
const nowMs = Date.now();
write(
  ...madeCalls(1_800, nowMs - dayMs, dayMs, 3).map((call) => ({ ...call, callId: `${call.callId}y` })),
  ...madeCalls(6_000, nowMs, dayMs),
);
const dashboard = createDashboard({ loom, reach: "loopback" });
const host = await hostedOnNode(dashboard);
const browser = await startBrowser();
await mkdir(folder, { recursive: true });

for (const colorScheme of ["light", "dark"] as const) {
  const { page } = await openPage(browser, host.url, {
    colorScheme,
    viewport: { width: 1100, height: 1180 },
    reducedMotion: "reduce",
  });
  await page.locator("#rows tr").first().waitFor();
  await page.locator("#range").getByText("24 h").click();
  await page.locator("#moves button").first().waitFor();
  await page.getByText("live", { exact: true }).waitFor();
  await page.waitForTimeout(500);
  await page.screenshot({ path: picture(colorScheme) });
  if (colorScheme === "light") {
    const log = page.locator("section", { has: page.locator("#log") }).last();
    await log.screenshot({ path: picture("log") });
  }
  await page.locator("#moves button", { hasText: "→" }).first().click();
  await page.locator(".timeline li").first().waitFor();
  await page.locator("dialog").screenshot({ path: picture(`receipt-${colorScheme}`) });
  await page.context().close();
}
await browser.close();
dashboard.close();
await host.close();
await loom.close();
