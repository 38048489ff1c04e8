/** `loom serve` with one process: loaded when it is wanted, because every other command would pay for it. */

import { banner } from "../gateway/run/banner.ts";
import { loadConfig } from "../gateway/run/load-config.ts";
import { runGateway } from "../gateway/run/run-gateway.ts";
import { systemClock } from "../runtime/clock.ts";
import { levelledLogger } from "../runtime/console-logger.ts";
import { dashboardPages } from "./admin-pages.ts";
import { print } from "./print.ts";
import type { ServeOptions } from "./serve-options.ts";
import { stopSignal } from "./stop-signal.ts";
import { watchConfig } from "./watch-config.ts";

/** Runs until it is told to stop: once gently, twice at once. */
export async function serveAlone(options: ServeOptions): Promise<void> {
  const log = levelledLogger("info");
  const { logger } = log;
  const gateway = await runGateway({
    read: () => loadConfig(options, logger),
    clock: systemClock,
    log,
    admin: options.admin,
    ...(options.admin ? { pages: await dashboardPages() } : {}),
  });
  // Whoever reads that it stands may tell it to stop.
  const stopped = stopSignal(logger);
  await print(await banner(gateway));
  const stopWatching = watchConfig(options, gateway, logger);
  await stopped;
  stopWatching();
  await gateway.close();
}
