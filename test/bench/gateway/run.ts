/**
 * `npm run bench:gateway`: CPU per request and per streamed piece of `loom serve`, as ratios to bare node:http + undici in the
 * same run, with Portkey's gateway beside it. Measures the built package. Needs gcc, taskset and two cores.
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { median } from "../measure.ts";
import { apply, type Load, type LoadResult, loads } from "./loads.ts";
import { otherCore, startSubject, type Subject } from "./subject.ts";
import { type BenchGateway, gateways } from "./gateways.ts";

const quick = process.argv.includes("--quick");
/** Until the code is compiled: measured earlier, larger programs look several times as dear as they stay. */
const warmUpSeconds = quick ? 12 : 20;
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice(7).split(",");
const [rounds, seconds] = quick ? [3, 4] : [5, 5];
const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "loom-bench-"));
const ports = { small: 18_101, large: 18_102 };

if (!process.argv.includes("--no-build")) {
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "."], {
    cwd: root,
    stdio: "inherit",
  });
}
for (const program of ["upstream", "load"]) {
  execFileSync("gcc", ["-O2", "-o", join(folder, program), join(here, `${program}.c`)], { stdio: "inherit" });
}
const peers = join(root, "node_modules", ".cache", "bench-peers");
if (!existsSync(join(peers, "node_modules/@portkey-ai/gateway"))) {
  mkdirSync(peers, { recursive: true });
  execFileSync("npm", ["install", "--prefix", peers, "--no-save", "--no-audit", "@portkey-ai/gateway@1.15"], {
    stdio: "inherit",
  });
}

const upstreams: ChildProcess[] = [["small", 2_048], ["large", 50_000]].map(([name, bytes]) =>
  spawn("taskset", [
    "-c",
    otherCore,
    join(folder, "upstream"),
    String(ports[name as "small"]),
    String(bytes),
    "50",
    "10",
  ])
);
process.on("exit", () => {
  for (const upstream of upstreams) upstream.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

console.log(
  `node ${process.versions.node}, ${
    cpus()[0]?.model ?? "unknown CPU"
  }; one core for the gateway, one for the rest`,
);
const subjects = gateways({ root, peers, folder, ports }).filter(({ name }) =>
  only === undefined || name === "bare" || only.some((part) => name.includes(part))
);
for (const load of loads) await compare(load);
process.exit(0);

async function compare(load: Load): Promise<void> {
  const results = new Map<string, LoadResult[]>();
  const memory = new Map<string, number>();
  const faults = new Map<string, string>();
  const takesPart = subjects.filter(({ loads }) => loads?.includes(load.name) ?? true);
  // All stay up from the first round to the last: what runs for days is measured warm.
  const running: { readonly gateway: BenchGateway; readonly subject: Subject }[] = [];
  for (const gateway of takesPart) {
    running.push({ gateway, subject: await startSubject(gateway.command(load.upstream)) });
  }
  const measure = async ({ gateway, subject }: typeof running[number], forSeconds: number) => {
    const shaped = gateway.shape === undefined ? load : { ...load, ...gateway.shape(load) };
    return await apply(
      shaped,
      subject,
      gateway.headers(load.upstream),
      join(folder, "load"),
      folder,
      forSeconds,
    );
  };
  for (const one of running) {
    await measure(one, warmUpSeconds).catch((error: Error) => faults.set(one.gateway.name, error.message));
  }
  const well = running.filter(({ gateway }) => !faults.has(gateway.name));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < well.length; turn++) {
      const one = well[(turn + round) % well.length];
      if (one === undefined) continue;
      const { name } = one.gateway;
      results.set(name, [...results.get(name) ?? [], await measure(one, seconds)]);
      memory.set(name, one.subject.residentMb());
    }
  }
  for (const { subject } of running) await subject.stop();
  const bare = results.get("bare") ?? [];
  const of = (list: readonly LoadResult[], key: keyof LoadResult) => median(list.map((one) => one[key]));
  console.log(
    `\n${load.name}: CPU per ${
      load.per === "pieces" ? "streamed piece" : "request"
    }, medians of ${rounds} rounds`,
  );
  for (const { name } of takesPart) {
    const fault = faults.get(name);
    if (fault !== undefined) {
      console.log(`  ${name.padEnd(44)} ${fault}`);
      continue;
    }
    const list = results.get(name) ?? [];
    const ratio = of(list, "cpuUs") / of(bare, "cpuUs");
    console.log(
      `  ${name.padEnd(44)} ${of(list, "cpuUs").toFixed(1).padStart(7)} us  ${
        ratio.toFixed(2).padStart(6)
      } x   ` +
        `p50 ${of(list, "p50Us").toFixed(0).padStart(6)} us  p99 ${
          of(list, "p99Us").toFixed(0).padStart(6)
        } us  ` +
        `first byte p50 ${of(list, "firstP50Us").toFixed(0).padStart(6)} us   ${
          (memory.get(name) ?? 0).toFixed(0)
        } MB`,
    );
  }
}
