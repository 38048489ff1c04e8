/** `loom serve`: the gateway as a program. */

import process from "node:process";
import { type Command, InvalidArgumentError } from "commander";
import type { ServeOptions } from "./serve-options.ts";

export function serveCommand(program: Command): void {
  program.command("serve")
    .description("serve every vendor behind the wire formats of OpenAI and Anthropic")
    .option(
      "-c, --config <file>",
      "a loom.yaml; default: whatever keys the environment holds, and the sandbox",
    )
    .option("-p, --port <port>", "default 8080; 0: any that is free", port)
    .option("--host <address>", "default 127.0.0.1")
    .option("--admin-port <port>", "default 9091; 0: any that is free", port)
    .option("--no-admin", "no metrics and no admin endpoints")
    .option("-w, --workers <count>", "processes that share the port; default 1", count)
    .option("--watch", "take a changed configuration without dropping a request")
    .action(async (options: ServeOptions) => {
      const { workers = 1 } = options;
      if (workers === 1) {
        const { serveAlone } = await import("./serve-alone.ts");
        return await serveAlone(options);
      }
      const { serveAsWorker, serveWithWorkers } = await import("./serve-workers.ts");
      if (process.env["LOOM_WORKER"] === "1") await serveAsWorker(options);
      else await serveWithWorkers(options, workers);
    });
}

function port(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw new InvalidArgumentError("A port is a number from 0 to 65535.");
}

function count(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= 256) return number;
  throw new InvalidArgumentError("Workers are counted from 1 to 256.");
}
