/**
 * One process of the telemetry bench: calls without telemetry and calls with it, in turns. Called by telemetry.ts as
 * `telemetry-pair.ts <name> <port> <quick|full>`; prints JSON.
 */

import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Loom } from "../../src/index.ts";
import { measure, type Subject } from "./measure.ts";
import { type TelemetrySubject, telemetrySubjects } from "./telemetry-subjects.ts";

if (process.argv[2] === "collector") await collect();
else await run();

/** Takes whatever is sent, in a process of its own: its work is not Loom's. */
async function collect(): Promise<void> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(200).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.send?.((server.address() as AddressInfo).port);
  process.on("disconnect", () => process.exit(0));
}

async function run(): Promise<void> {
  const [name, port, size] = process.argv.slice(2) as [string, string, "quick" | "full"];
  const { Loom: LoomClass } = await import(new URL("../../dist/src/index.js", import.meta.url).href) as {
    Loom: typeof Loom;
  };
  const [none, subject] = [telemetrySubjects[0], telemetrySubjects.find((one) => one.name === name)];
  if (none === undefined || subject === undefined) throw new RangeError(`there is no subject "${name}"`);
  const collector = fork(new URL(import.meta.url), ["collector"]);
  const collectorPort = await new Promise<number>((resolve) =>
    collector.once("message", (message) => resolve(message as number))
  );
  const folder = mkdtempSync(join(tmpdir(), "loom-bench-"));
  const looms: Loom[] = [];
  let serial = 0;
  const filler = "The quick brown fox jumps over the lazy dog. ".repeat(42);
  const subjectOf = ({ name, options }: TelemetrySubject): Subject => {
    const loom = new LoomClass({
      ...options(folder, `http://127.0.0.1:${collectorPort}`),
      apiKeys: { OPENAI_API_KEY: "bench" },
      providers: { openai: { baseUrl: `http://127.0.0.1:${port}/v1` } },
    });
    looms.push(loom);
    const target = { provider: "openai", model: "gpt-4o-mini" };
    return {
      name,
      call: () => loom.generate({ ...target, prompt: `${serial++} ${filler}` }),
      settle: () => loom.flush(),
    };
  };
  const quick = size === "quick";
  const measured = await measure([subjectOf(none), subjectOf(subject)], {
    rounds: quick ? 3 : 15,
    callsPerRound: quick ? 300 : 4_000,
    concurrency: 16,
  });
  const opened = await Promise.all(looms.map((loom) => loom.engine()));
  const dropped = opened.flatMap((engine) => engine.opened.sinks.dropped()).filter((one) => one.dropped > 0);
  await Promise.all(looms.map((loom) => loom.close()));
  rmSync(folder, { recursive: true, force: true });
  // A sink that lets go of records would look cheaper than it is.
  if (dropped.length > 0) throw new Error(`records were dropped: ${JSON.stringify(dropped)}`);
  console.log(JSON.stringify(measured));
  process.exit(0);
}
