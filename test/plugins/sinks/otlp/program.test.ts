/** A whole program with `OTEL_DENO=true`: on Deno its runtime exports, on Node the sink does; never both. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { it } from "node:test";
import { type KeyValue, startCollector } from "./collector.ts";
import { checkAttemptSpan, checkCallSpan, checkMetric } from "./conventions.ts";

const program = fileURLToPath(new URL("./program.ts", import.meta.url));
const onDeno = "deno" in process.versions;

/** What it printed. */
async function run(variables: Readonly<Record<string, string>>): Promise<string> {
  const runtime = onDeno ? ["run", "-A", "--no-check"] : ["--import", "tsx"];
  const child = spawn(process.execPath, [...runtime, program], {
    env: { ...process.env, ...variables },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => text += more);
  const code = await new Promise((resolve) => void child.once("close", resolve));
  assert.equal(code, 0, text);
  return text;
}

it("a program exports each call once, whoever's SDK it is", async () => {
  const collector = await startCollector();
  const printed = await run({
    OTEL_DENO: "true",
    OTEL_SERVICE_NAME: "shop",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
  });
  await collector.close();
  if (onDeno) assert.match(printed, /an OpenTelemetry SDK is registered in this process already/);
  else assert.equal(printed, "");
  assert.equal(collector.resource()["service.name"], "shop");
  const own = collector.spans().filter(({ name }) => /^(?:loom|chat) /.test(name));
  assert.deepEqual(own.map(({ name }) => name).sort(), ["chat sandbox-small", "loom text"]);
  for (const span of own) {
    const held = { ...span, attributes: span.attributes?.map(asOneNumber) };
    if (span.name.startsWith("loom")) checkCallSpan(held);
    else checkAttemptSpan({ ...held, attributes: [...held.attributes ?? [], ...nowhere] });
  }
  const metrics = collector.metrics().filter(({ name }) => name.startsWith("gen_ai."));
  metrics.forEach(checkMetric);
  assert.deepEqual(metrics.map(({ name }) => name).sort(), [
    "gen_ai.client.operation.duration",
    "gen_ai.client.token.usage",
  ]);
});

/** The sandbox is nowhere, so that there is no address to tell. */
const nowhere: readonly KeyValue[] = [
  { key: "server.address", value: { value: "string_value", string_value: "nowhere" } },
  { key: "server.port", value: { value: "int_value", int_value: 0 } },
];

/** Deno's own OpenTelemetry sends every number as a double, whole ones too. */
function asOneNumber({ key, value }: KeyValue): KeyValue {
  const { double_value: number } = value;
  if (!onDeno || number === undefined || !Number.isInteger(number)) return { key, value };
  return { key, value: { value: "int_value", int_value: number } };
}
