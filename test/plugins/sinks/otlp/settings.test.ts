/** The sink's options over the standard variables: who wins, what is refused, and that nothing secret is repeated. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import plugin from "../../../../plugins/sinks/otlp/index.ts";
import { settingsOf } from "../../../../plugins/sinks/otlp/settings.ts";
import { fixedEnvironment } from "../../../../src/runtime/environment.ts";
import { complaintsOf, optionsOf } from "../../../support/options.ts";

type Variables = Readonly<Record<string, string>>;

function settings(given: object = {}, variables: Variables = {}) {
  return settingsOf(optionsOf(plugin, given), fixedEnvironment(variables)) ?? assert.fail("disabled");
}

const local = "http://localhost:4318";
const key = "OTEL_EXPORTER_OTLP";

describe("where an export goes", () => {
  const cases: readonly [
    string,
    object,
    Variables,
    traces: string | undefined,
    metrics: string | undefined,
  ][] = [
    ["by default", {}, {}, `${local}/v1/traces`, `${local}/v1/metrics`],
    [
      "option",
      { endpoint: "https://o.test/otlp/" },
      {},
      "https://o.test/otlp/v1/traces",
      "https://o.test/otlp/v1/metrics",
    ],
    [
      "variable",
      {},
      { [`${key}_ENDPOINT`]: "http://v.test" },
      "http://v.test/v1/traces",
      "http://v.test/v1/metrics",
    ],
    [
      "a variable for one kind, which is taken as it is",
      {},
      { [`${key}_ENDPOINT`]: "http://v.test", [`${key}_TRACES_ENDPOINT`]: "http://t.test/in" },
      "http://t.test/in",
      "http://v.test/v1/metrics",
    ],
    [
      "the option over every variable",
      { endpoint: "http://o.test" },
      { [`${key}_ENDPOINT`]: "http://v.test", [`${key}_TRACES_ENDPOINT`]: "http://t.test/in" },
      "http://o.test/v1/traces",
      "http://o.test/v1/metrics",
    ],
    ["traces off", {}, { OTEL_TRACES_EXPORTER: "none" }, undefined, `${local}/v1/metrics`],
    ["metrics off", {}, { OTEL_METRICS_EXPORTER: "none" }, `${local}/v1/traces`, undefined],
  ];
  for (const [name, given, variables, traces, metrics] of cases) {
    it(name, () => {
      const found = settings(given, variables);
      assert.deepEqual([found.traces?.url, found.metrics?.url], [traces, metrics]);
    });
  }

  it("nowhere, when OpenTelemetry is switched off", () => {
    assert.equal(settingsOf(optionsOf(plugin), fixedEnvironment({ OTEL_SDK_DISABLED: "TRUE" })), undefined);
  });
});

describe("how it is sent", () => {
  const cases: readonly [string, object, Variables, traces: string, metrics: string][] = [
    ["by default", {}, {}, "http/protobuf", "http/protobuf"],
    ["option", { protocol: "http/json" }, { [`${key}_PROTOCOL`]: "grpc" }, "http/json", "http/json"],
    ["variable", {}, { [`${key}_PROTOCOL`]: "http/json" }, "http/json", "http/json"],
    [
      "a variable for one kind",
      {},
      { [`${key}_METRICS_PROTOCOL`]: "http/json" },
      "http/protobuf",
      "http/json",
    ],
  ];
  for (const [name, given, variables, traces, metrics] of cases) {
    it(`protocol: ${name}`, () => {
      const found = settings(given, variables);
      assert.deepEqual([found.traces?.protocol, found.metrics?.protocol], [traces, metrics]);
    });
  }

  it("headers: each place adds to those beneath it", () => {
    const found = settings({ headers: { c: "option" } }, {
      [`${key}_HEADERS`]: "a=1, b=x%20y ,c=shared",
      [`${key}_TRACES_HEADERS`]: "a=own=2",
    });
    assert.deepEqual(found.traces?.headers, { a: "own=2", b: "x y", c: "option" });
    assert.deepEqual(found.metrics?.headers, { a: "1", b: "x y", c: "option" });
  });

  it("queues, batches and intervals of the variables; nonsense is as good as none", () => {
    const found = settings({}, {
      OTEL_BSP_MAX_QUEUE_SIZE: "100",
      OTEL_BSP_SCHEDULE_DELAY: "-1",
      OTEL_METRIC_EXPORT_INTERVAL: "5000",
      OTEL_METRIC_EXPORT_TIMEOUT: "lots",
    });
    assert.deepEqual(found.spans, { maxHeld: 100, maxBatch: 100, delayMs: 5_000, timeoutMs: 30_000 });
    assert.deepEqual([found.metricsIntervalMs, found.metricsTimeoutMs], [5_000, 5_000]);
    const timed = settings({}, { [`${key}_TIMEOUT`]: "700", [`${key}_METRICS_TIMEOUT`]: "80" });
    assert.deepEqual([timed.traces?.timeoutMs, timed.metrics?.timeoutMs], [700, 80]);
    assert.equal(settings({ metricsIntervalMs: 700 }).metricsTimeoutMs, 700);
  });
});

describe("who sends", () => {
  const attributes = "OTEL_RESOURCE_ATTRIBUTES";
  const cases: readonly [string, object, Variables, object][] = [
    ["by default", {}, {}, { "service.name": "loom" }],
    ["attributes", {}, { [attributes]: "service.name=a,team=b%2Cc" }, { "service.name": "a", team: "b,c" }],
    ["variable", {}, { OTEL_SERVICE_NAME: "v", [attributes]: "service.name=a" }, { "service.name": "v" }],
    [
      "option",
      { serviceName: "o", serviceVersion: "3" },
      { OTEL_SERVICE_NAME: "v", [attributes]: "service.version=1" },
      { "service.name": "o", "service.version": "3" },
    ],
  ];
  for (const [name, given, variables, want] of cases) {
    it(name, () => {
      const { "service.instance.id": id, ...rest } = settings(given, variables).resource;
      assert.deepEqual(rest, want);
      assert.match(id ?? "", /^[0-9a-f-]{36}$/);
    });
  }
});

it("names every package that it loads, so that one that is missing is named", () => {
  const folder = new URL("../../../../plugins/sinks/otlp/", import.meta.url);
  const loaded = readdirSync(folder).flatMap((file) => {
    const text = readFileSync(new URL(file, folder), "utf8");
    return [...text.matchAll(/import\("(@opentelemetry\/[^"]+)"\)/g)].map(([, name]) => name);
  });
  const optional = loaded.filter((name) => name !== "@opentelemetry/api").sort();
  assert.deepEqual(optional, [
    "@opentelemetry/exporter-metrics-otlp-http",
    "@opentelemetry/exporter-metrics-otlp-proto",
    "@opentelemetry/exporter-trace-otlp-http",
    "@opentelemetry/exporter-trace-otlp-proto",
    "@opentelemetry/sdk-metrics",
    "@opentelemetry/sdk-node",
    "@opentelemetry/sdk-trace",
  ]);
  assert.deepEqual([...plugin.packages ?? []].sort(), optional);
});

describe("what is refused", () => {
  const options: readonly [object, RegExp][] = [
    [{ endpoint: "collector:4317" }, /endpoint: must be an address such as/],
    [{ protocol: "grpc" }, /protocol/],
    [{ sampleRatio: 1.5 }, /sampleRatio/],
    [{ metricsIntervalMs: 1 }, /metricsIntervalMs/],
    [{ headers: { "a b": "1" } }, /headers/],
    [{ headers: { a: "1\r\nb: 2" } }, /headers/],
    [{ adress: "x" }, /adress/],
  ];
  for (const [given, fault] of options) {
    it(JSON.stringify(given), () => assert.match(complaintsOf(plugin, given).join("\n"), fault));
  }

  const variables: readonly [Variables, RegExp][] = [
    [{ [`${key}_PROTOCOL`]: "grpc" }, /speaks http\/protobuf and http\/json, not grpc; .* usually 4318/],
    [{ [`${key}_ENDPOINT`]: "collector" }, /^OTEL_EXPORTER_OTLP_ENDPOINT: must be an address/],
    [{ [`${key}_METRICS_ENDPOINT`]: "collector" }, /^OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: must be/],
    [{ [`${key}_HEADERS`]: "SECRET" }, /^OTEL_EXPORTER_OTLP_HEADERS: must be written as name=value/],
    [{ [`${key}_HEADERS`]: "a=SECRET%zz" }, /the value of a is not percent-encoded/],
  ];
  for (const [given, fault] of variables) {
    it(JSON.stringify(given), () => {
      assert.throws(() => settings({}, given), (error: Error & { code?: string }) => {
        assert.equal(error.code, "config-invalid");
        assert.match(error.message, fault);
        assert.doesNotMatch(error.message, /SECRET/);
        return true;
      });
    });
  }
});
