/** `loom config check` and `loom config schema`: is a configuration right, and what may stand in one. */

import type { Command } from "commander";
import { print } from "./print.ts";

export function configCommand(program: Command): void {
  const config = program.command("config").description("check a gateway's configuration");
  config.command("check")
    .description("read a configuration as loom serve would, and open all of it but the ports")
    .argument("[file]", "the file", "loom.yaml")
    .action(async (file: string) => {
      const { checkConfig } = await import("./check-config.ts");
      await print(await checkConfig(file));
    });
  config.command("schema")
    .description("print the JSON Schema of the configuration, for editors")
    .action(async () => {
      const { gatewayJsonSchema } = await import("../gateway/config/json-schema.ts");
      await print(JSON.stringify(gatewayJsonSchema(), null, 2) + "\n");
    });
}
