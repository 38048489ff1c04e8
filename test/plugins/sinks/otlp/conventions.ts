/** The GenAI conventions 1.41.0 as a table, and what anything exported is held against. */

import assert from "node:assert/strict";
import { type KeyValue, type Metric, type Span, typeOf, valuesOf } from "./collector.ts";

/** What is looked at of a span. */
type Attributed = Pick<Span, "name" | "kind" | "events" | "status"> & {
  readonly attributes?: readonly KeyValue[] | undefined;
};

type Type = "string" | "int" | "double" | "bool" | "string[]";

/** Every attribute of the inference and embeddings spans, and of OpenAI's, that may be set without opting in. */
export const spanAttributes: Readonly<Record<string, Type>> = {
  "gen_ai.operation.name": "string",
  "gen_ai.provider.name": "string",
  "gen_ai.conversation.id": "string",
  "gen_ai.output.type": "string",
  "gen_ai.request.choice.count": "int",
  "gen_ai.request.model": "string",
  "gen_ai.request.seed": "int",
  "gen_ai.request.stream": "bool",
  "gen_ai.request.frequency_penalty": "double",
  "gen_ai.request.presence_penalty": "double",
  "gen_ai.request.temperature": "double",
  "gen_ai.request.top_p": "double",
  "gen_ai.request.top_k": "double",
  "gen_ai.request.max_tokens": "int",
  "gen_ai.request.stop_sequences": "string[]",
  "gen_ai.request.encoding_formats": "string[]",
  "gen_ai.embeddings.dimension.count": "int",
  "gen_ai.response.finish_reasons": "string[]",
  "gen_ai.response.id": "string",
  "gen_ai.response.model": "string",
  "gen_ai.response.time_to_first_chunk": "double",
  "gen_ai.usage.input_tokens": "int",
  "gen_ai.usage.output_tokens": "int",
  "gen_ai.usage.cache_read.input_tokens": "int",
  "gen_ai.usage.cache_creation.input_tokens": "int",
  "gen_ai.usage.reasoning.output_tokens": "int",
  "openai.request.service_tier": "string",
  "openai.response.service_tier": "string",
  "openai.response.system_fingerprint": "string",
  "openai.api.type": "string",
  "server.address": "string",
  "server.port": "int",
  "error.type": "string",
};

/** What every span of an attempt has; the last two because Loom always knows where a vendor is. */
const requiredOnSpans = [
  "gen_ai.operation.name",
  "gen_ai.provider.name",
  "gen_ai.request.model",
  "server.address",
  "server.port",
];

const client = 3;
const internal = 1;
const failed = 2;

const finishReasons = ["stop", "length", "content_filter", "tool_call", "error"];

/** A number without a fraction goes out as an int: JavaScript knows no other. */
function fits(type: Type, sent: string): boolean {
  return sent === type || type === "double" && sent === "int" || type === "string[]" && sent === "[]";
}

function checkAttributes(
  where: string,
  attributes: readonly KeyValue[],
  known: Readonly<Record<string, Type>>,
) {
  for (const { key, value } of attributes) {
    if (key.startsWith("loom.")) continue;
    const type = known[key];
    assert.ok(type !== undefined, `${where}: the conventions know no ${key}`);
    assert.ok(fits(type, typeOf(value)), `${where}: ${key} is ${typeOf(value)} and should be ${type}`);
  }
}

/** Holds the span of an attempt against the conventions. */
export function checkAttemptSpan({ name, kind, attributes = [], status }: Attributed): void {
  checkAttributes(name, attributes, spanAttributes);
  const values = valuesOf(attributes);
  for (const key of requiredOnSpans) assert.ok(values[key] !== undefined, `${name}: ${key} is required`);
  assert.equal(name, `${values["gen_ai.operation.name"]} ${values["gen_ai.request.model"]}`);
  assert.equal(kind, client, `${name} is of kind CLIENT`);
  const isFailed = status?.code === failed;
  assert.equal(
    isFailed,
    values["error.type"] !== undefined,
    `${name}: an error has a type, and nothing else does`,
  );
  assert.notEqual(values["gen_ai.request.stream"], false, `${name}: unset means not streaming`);
  assert.notEqual(values["gen_ai.request.choice.count"], 1, `${name}: one choice goes without saying`);
  for (const reason of values["gen_ai.response.finish_reasons"] as readonly string[] ?? []) {
    assert.ok(finishReasons.includes(reason), `${name}: no finish reason ${reason}`);
  }
  const input = values["gen_ai.usage.input_tokens"] as number ?? 0;
  const parts = ["cache_read", "cache_creation"].map((part) =>
    Number(values[`gen_ai.usage.${part}.input_tokens`] ?? 0)
  );
  for (const part of parts) assert.ok(part <= input, `${name}: input holds its parts`);
}

/** Holds the span of a call, which the conventions know nothing of: every name is Loom's own. */
export function checkCallSpan({ name, kind, attributes = [], events = [] }: Attributed): void {
  assert.match(name, /^loom \w+$/);
  assert.equal(kind, internal, `${name} is of kind INTERNAL`);
  checkAttributes(name, attributes, { "error.type": "string" });
  for (const event of events) {
    assert.match(event.name, /^loom\./);
    checkAttributes(event.name, event.attributes ?? [], {});
  }
}

const seconds = {
  unit: "s",
  bounds: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
};
const tokens = {
  unit: "{token}",
  bounds: [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
};

/** Of a client. */
export const metricTable: Readonly<
  Record<
    string,
    { readonly unit: string; readonly bounds: readonly number[]; readonly also: Record<string, Type> }
  >
> = {
  "gen_ai.client.token.usage": { ...tokens, also: { "gen_ai.token.type": "string" } },
  "gen_ai.client.operation.duration": { ...seconds, also: { "error.type": "string" } },
  "gen_ai.client.operation.time_to_first_chunk": { ...seconds, also: { "error.type": "string" } },
  "gen_ai.client.operation.time_per_output_chunk": { ...seconds, also: { "error.type": "string" } },
};

const metricAttributes: Readonly<Record<string, Type>> = {
  "gen_ai.operation.name": "string",
  "gen_ai.provider.name": "string",
  "gen_ai.request.model": "string",
  "gen_ai.response.model": "string",
  "server.address": "string",
  "server.port": "int",
};

export function checkMetric({ name, unit, description, histogram }: Metric): void {
  const row = metricTable[name];
  assert.ok(row !== undefined, `the conventions know no ${name}`);
  assert.equal(unit, row.unit, name);
  assert.notEqual(description, "", name);
  assert.ok(histogram !== undefined, `${name} is a histogram`);
  for (const { attributes = [], explicit_bounds } of histogram.data_points) {
    assert.deepEqual(explicit_bounds, row.bounds, name);
    checkAttributes(name, attributes, { ...metricAttributes, ...row.also });
    const values = valuesOf(attributes);
    const required = ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model"];
    if (name.endsWith(".usage")) {
      required.push("gen_ai.token.type");
      assert.match(String(values["gen_ai.token.type"]), /^(?:input|output)$/);
    }
    for (const key of required) assert.ok(values[key] !== undefined, `${name}: ${key} is required`);
  }
}
