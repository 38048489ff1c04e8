/** `loom config check`: loaded when it is wanted, because every other command would pay for it. */

import { openGeneration } from "../gateway/run/generation.ts";
import { loadConfig } from "../gateway/run/load-config.ts";
import { consoleLogger } from "../runtime/console-logger.ts";

/** @throws LoomError `config-invalid`, `plugin-invalid` */
export async function checkConfig(file: string): Promise<string> {
  const read = await loadConfig({ config: file }, consoleLogger(), { alone: false });
  const generation = await openGeneration(read, { idle: true });
  const { models = {}, keys } = read.gateway;
  const counts = [
    [models.providers?.length ?? 0, "provider"],
    [Object.keys(models.mapping ?? {}).length, "mapped model"],
    [keys?.list?.length ?? 0, "key"],
    [read.gateway.rules?.length ?? 0, "rule"],
  ] as const;
  await generation.retire(0);
  await generation.loom.close();
  const told = counts.map(([count, what]) => `${count} ${what}${count === 1 ? "" : "s"}`);
  return `${file} is right: ${told.join(", ")}\n`;
}
