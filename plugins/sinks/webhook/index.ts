/** The sink `webhook`: records as batches of JSON to an address of yours, signed, tried again while it is away. */

import { z } from "zod";
import { batchingSink, CLOCK, definePlugin, HTTP, LOGGER, type Plugin, RANDOM } from "../../../src/plugin.ts";
import { deliver, type Delivery } from "./deliver.ts";

export interface WebhookSinkOptions {
  /** `https`; without TLS only on this machine, unless `allowHttp`. Hosts of private networks may be named. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Most records of one request. Default 100. */
  readonly batchSize: number;
  /** How long a record waits for company. Default 1,000. */
  readonly flushMs: number;
  /** What requests are signed with. */
  readonly secret?: string | undefined;
  /** Lets an address without TLS be elsewhere than on this machine. Default false. */
  readonly allowHttp: boolean;
}

const options = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: "must be a URL" }),
  headers: z.record(
    z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "is not the name of a header"),
    z.string().regex(/^[^\r\n\0]*$/, "must be one line"),
  ).default({}),
  batchSize: z.int().min(1).max(1000).default(100),
  flushMs: z.int().min(0).max(60_000).default(1000),
  secret: z.string().min(16, "must have 16 letters at least").optional(),
  allowHttp: z.boolean().default(false),
}).refine(
  ({ url, allowHttp }) => allowHttp || !url.startsWith("http:") || onThisMachine(url),
  { path: ["url"], error: "must begin with https:, or say allowHttp: true" },
) as z.ZodType<WebhookSinkOptions>;

const plugin: Plugin<"sink", WebhookSinkOptions> = definePlugin({
  api: 1,
  kind: "sink",
  id: "webhook",
  options,
  make: (use, { url, headers, batchSize, flushMs, secret }) => {
    const [clock, logger] = [use(CLOCK), use(LOGGER)];
    const delivery: Delivery = { url, headers, secret, http: use(HTTP), clock, random: use(RANDOM) };
    return batchingSink({
      clock,
      lingerMs: flushMs,
      batchSize,
      send: (batch, signal) => deliver(delivery, batch, signal),
      lost(error, records) {
        const why = error instanceof Error ? error.message : String(error);
        // The path may hold a token.
        logger.warn(
          `sink webhook: ${records} records were lost, ${new URL(url).host} does not take them`,
          why,
        );
      },
    });
  },
});

export default plugin;

function onThisMachine(url: string): boolean {
  const host = URL.parse(url)?.hostname ?? "";
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
