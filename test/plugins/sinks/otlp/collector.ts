/** An OpenTelemetry collector on a port of its own, that decodes what it gets with the official protos. */

import { readFileSync } from "node:fs";
import protobuf from "protobufjs";
import { type Arrived, serve, type TestServer } from "../../../support/server.ts";

/** The file descriptors of opentelemetry-proto; `source` says where they are from. */
const { nested } = JSON.parse(
  readFileSync(new URL("./opentelemetry-proto.json", import.meta.url), "utf8"),
) as { readonly nested: Record<string, protobuf.INamespace> };
const protos = protobuf.Root.fromJSON({ nested });
const services = "opentelemetry.proto.collector";

export interface AnyValue {
  /** Which field of the union is set. */
  readonly value?: string;
  readonly string_value?: string;
  readonly bool_value?: boolean;
  readonly int_value?: number;
  readonly double_value?: number;
  readonly array_value?: { readonly values?: readonly AnyValue[] };
}

export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

export interface Span {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id?: string;
  readonly name: string;
  readonly kind: number;
  readonly start_time_unix_nano: number;
  readonly end_time_unix_nano: number;
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly { readonly name: string; readonly attributes?: readonly KeyValue[] }[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

export interface Point {
  readonly attributes?: readonly KeyValue[];
  readonly count: number;
  readonly sum: number;
  readonly explicit_bounds: readonly number[];
}

export interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly histogram?: { readonly data_points: readonly Point[]; readonly aggregation_temporality: number };
}

interface Origin {
  readonly scope: { readonly name: string; readonly version?: string };
  readonly schema_url?: string;
}

interface Resource {
  readonly resource: { readonly attributes?: readonly KeyValue[] };
}

interface TraceRequest {
  readonly resource_spans: readonly (Resource & {
    readonly scope_spans: readonly (Origin & { readonly spans: readonly Span[] })[];
  })[];
}

interface MetricsRequest {
  readonly resource_metrics: readonly (Resource & {
    readonly scope_metrics: readonly (Origin & { readonly metrics: readonly Metric[] })[];
  })[];
}

export interface Collector {
  readonly url: string;
  readonly server: TestServer;
  /** All spans so far, in the order in which they began. */
  spans(): readonly Span[];
  /** The state of the metrics at the last export. */
  metrics(): readonly Metric[];
  /** Every scope that anything was said in. */
  scopes(): readonly Origin[];
  /** Attributes of the resource of the first export. */
  resource(): Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

/** @param answer default: 200 for everything */
export async function startCollector(
  answer: (arrived: Arrived) => void | Promise<void> = ({ response }) => void response.end(),
): Promise<Collector> {
  const server = await serve(answer);
  const sent = (path: string) => server.requests.filter(({ url }) => url === path);
  const traces = () => sent("/v1/traces").flatMap((one) => traceRequest(one).resource_spans);
  const metrics = () => sent("/v1/metrics").flatMap((one) => metricsRequest(one).resource_metrics);
  return {
    url: server.url,
    server,
    spans: () =>
      traces().flatMap(({ scope_spans }) => scope_spans).flatMap(({ spans }) => spans)
        .sort((a, b) => a.start_time_unix_nano - b.start_time_unix_nano),
    metrics: () => metrics().at(-1)?.scope_metrics.flatMap((scope) => scope.metrics) ?? [],
    scopes: () =>
      [
        ...traces().flatMap(({ scope_spans }) => scope_spans),
        ...metrics().flatMap(({ scope_metrics }) => scope_metrics),
      ].map(({ scope, schema_url = "" }) => ({ scope, schema_url })),
    resource: () => valuesOf([...traces(), ...metrics()][0]?.resource.attributes),
    close: () => server.close(),
  };
}

function traceRequest({ headers, body, bytes }: Arrived): TraceRequest {
  return decoded(`${services}.trace.v1.ExportTraceServiceRequest`, headers, body, bytes) as TraceRequest;
}

function metricsRequest({ headers, body, bytes }: Arrived): MetricsRequest {
  return decoded(
    `${services}.metrics.v1.ExportMetricsServiceRequest`,
    headers,
    body,
    bytes,
  ) as MetricsRequest;
}

function decoded(name: string, headers: Arrived["headers"], body: string, bytes: Uint8Array): unknown {
  const type = protos.lookupType(name);
  const message = headers["content-type"] === "application/json"
    ? type.fromObject(snakeCased(JSON.parse(body)) as Record<string, unknown>)
    : type.decode(bytes);
  const fault = type.verify(message);
  if (fault !== null) throw new Error(`not an ${name}: ${fault}`);
  return type.toObject(message, { longs: Number, bytes: String, oneofs: true });
}

/** JSON spells names in camelCase, and its ids in hexadecimal. */
function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      /^(?:trace|span|parentSpan)Id$/.test(name)
        ? Buffer.from(held, "hex").toString("base64")
        : snakeCased(held),
    ]),
  );
}

/** Which type a value has on the wire, arrays by what they hold. */
export function typeOf({ value, array_value }: AnyValue): string {
  if (value !== "array_value") return (value ?? "none").replace("_value", "");
  const types = new Set((array_value?.values ?? []).map(typeOf));
  return [...types].map((type) => `${type}[]`).join("|") || "[]";
}

function plain(any: AnyValue): unknown {
  if (any.array_value !== undefined) return (any.array_value.values ?? []).map(plain);
  return any.string_value ?? any.bool_value ?? any.int_value ?? any.double_value;
}

export function valuesOf(attributes: readonly KeyValue[] = []): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));
}
