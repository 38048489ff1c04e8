/** `loom config check` and `loom config schema`: is a configuration right, and what may stand in one. */

import type { Command } from "commander";
import { openGeneration } from "../gateway/run/generation.ts";
import { loadConfig } from "../gateway/run/load-config.ts";
import { consoleLogger } from "../runtime/console-logger.ts";
import { print } from "./print.ts";

export function configCommand(program: Command): void {
  const config = program.command("config").description("check a gateway's configuration");
  config.command("check")
    .description("read a configuration as loom serve would, and open all of it but the ports")
    .argument("[file]", "the file", "loom.yaml")
    .action(async (file: string) => await print(await checkConfig(file)));
  config.command("schema")
    .description("print the JSON Schema of the configuration, for editors")
    .action(async () => {
      const { gatewayJsonSchema } = await import("../gateway/config/json-schema.ts");
      await print(JSON.stringify(gatewayJsonSchema(), null, 2) + "\n");
    });
}

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
