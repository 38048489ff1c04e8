/**
 * `npm run bench:telemetry`: what telemetry costs a call, as ratios to the same call without any, and what of it is spent on
 * the call's own thread. Measures the built package; `--quick` only shows that it works.
 */

import { execFileSync, fork } from "node:child_process";
import { cpus } from "node:os";
import process from "node:process";
import type { Measured } from "./measure.ts";
import { telemetrySubjects } from "./telemetry-subjects.ts";

const size = process.argv.includes("--quick") ? "quick" : "full";
if (!process.argv.includes("--no-build")) {
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "."], { stdio: "inherit" });
}

const upstream = fork(new URL("upstream.ts", import.meta.url));
const port = await new Promise<number>((resolve) =>
  upstream.once("message", (message) => resolve(message as number))
);

console.log(`node ${process.versions.node}, ${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores`);
console.log(
  "\nCPU per call with its telemetry, 2 kB prompt and answer, 16 at a time, beside the same calls without",
);
const script = new URL("telemetry-pair.ts", import.meta.url).pathname;
for (const { name } of telemetrySubjects.slice(1)) {
  // A process of its own, so that nobody else's threads and garbage are in the figures.
  const output = execFileSync(process.execPath, [script, name, String(port), size], {
    encoding: "utf8",
    // Where the sink log writes; what the bench itself has to say of a fault is in the error it throws.
    stdio: ["ignore", "pipe", name.startsWith("log") ? "ignore" : "inherit"],
  });
  const [bare, subject] = JSON.parse(output) as readonly [Measured, Measured];
  const more = (subject.cpuUs - bare.cpuUs).toFixed(1);
  console.log(
    `  ${name.padEnd(30)} ${subject.cpuUs.toFixed(1).padStart(6)} us   ${
      subject.ratio.toFixed(3).padStart(6)
    } x   ` +
      `${more.padStart(6)} us more than ${bare.cpuUs.toFixed(1)} us`,
  );
}
upstream.disconnect();
process.exit(0);
