/** What the sink `otlp` may be told; what is left out comes from the standard `OTEL_*` variables. */

import { z } from "zod";

export interface OtlpSinkOptions {
  /** The collector's base address; `/v1/traces` and `/v1/metrics` are put behind it. Default `http://localhost:4318`. */
  readonly endpoint?: string | undefined;
  /** Default `http/protobuf`. */
  readonly protocol?: OtlpProtocol | undefined;
  /** Sent with every export, such as the key of a vendor of backends. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** `service.name`. Default `loom`. */
  readonly serviceName?: string | undefined;
  readonly serviceVersion?: string | undefined;
  /** Which share of traces that begin here is kept, 0 to 1; those that a caller began keep to the caller's choice. */
  readonly sampleRatio?: number | undefined;
  /** How often metrics are sent. Default a minute. */
  readonly metricsIntervalMs?: number | undefined;
}

export const protocols = ["http/protobuf", "http/json"] as const;
export type OtlpProtocol = typeof protocols[number];

/** As headers are on the wire: what is no token, or ends a line, is refused before a collector is asked. */
const headerName = z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, "is no name of a header");
// deno-lint-ignore no-control-regex
const headerValue = z.string().regex(/^[^\u0000-\u001f\u007f]*$/, "may not hold control characters");

export const options: z.ZodType<OtlpSinkOptions> = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/, error: "must be an address such as http://localhost:4318" })
    .optional(),
  protocol: z.enum(protocols).optional(),
  headers: z.record(headerName, headerValue).optional(),
  serviceName: z.string().min(1).optional(),
  serviceVersion: z.string().min(1).optional(),
  sampleRatio: z.number().min(0).max(1).optional(),
  metricsIntervalMs: z.number().int().min(100).max(86_400_000).optional(),
});
