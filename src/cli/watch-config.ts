/** `--watch`: takes a changed configuration, and keeps the old one when the new one is broken. */

import { toLoomError } from "../errors/index.ts";
import type { RunningGateway } from "../gateway/run/run-gateway.ts";
import { watchFile } from "../gateway/run/watch-file.ts";
import { systemClock } from "../runtime/clock.ts";
import type { Logger } from "../contract/index.ts";
import type { ServeOptions } from "./serve-options.ts";

/** Gives a function that stops it. */
export function watchConfig(
  { config, watch }: ServeOptions,
  gateway: Pick<RunningGateway, "reload">,
  logger: Logger,
): () => void {
  if (watch !== true || config === undefined) return () => {};
  return watchFile(config, systemClock, async () => {
    try {
      await gateway.reload();
      logger.info(`${config} was read anew`);
    } catch (error) {
      logger.error(`${config} stays as it was: ${toLoomError(error, "reload").message}`);
    }
  });
}
