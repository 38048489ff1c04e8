/** The sink `prometheus`: a metrics page of a program's own calls, for those who run no gateway. */

import { z } from "zod";
import { batchingSink, CLOCK, definePlugin, LOGGER, loomError, type Plugin } from "../../../src/plugin.ts";
import { servePage } from "./page.ts";
import { callCounters } from "./counters.ts";

export interface PrometheusSinkOptions {
  /** Default 9464, which collectors expect; 0 takes any that is free. */
  readonly port: number;
  /** Default `127.0.0.1`: this machine alone. */
  readonly host: string;
  /** Default `/metrics`. */
  readonly path: string;
}

const options = z.strictObject({
  port: z.int().min(0).max(65_535).default(9464),
  host: z.string().min(1).default("127.0.0.1"),
  path: z.string().regex(/^\/[^?#\s]*$/, "must begin with /").default("/metrics"),
}) as z.ZodType<PrometheusSinkOptions>;

const plugin: Plugin<"sink", PrometheusSinkOptions> = definePlugin({
  api: 1,
  kind: "sink",
  id: "prometheus",
  options,
  make: async (use, { port, host, path }) => {
    const logger = use(LOGGER);
    const counters = callCounters();
    const sink = batchingSink({
      clock: use(CLOCK),
      // Counted beside the calls; whoever reads the page makes it whole first.
      lingerMs: 1000,
      batchSize: 1000,
      send(batch) {
        for (const record of batch) counters.count(record);
        return Promise.resolve();
      },
      lost: (error, records) =>
        logger.warn(`sink prometheus: ${records} records were not counted`, String(error)),
      close: () => page.close(),
    });
    const page = await servePage({ host, port, path }, async () => {
      await sink.flush();
      return { contentType: counters.contentType, text: await counters.page(sink.dropped) };
    }).catch((cause: Error) => {
      const problem = `sink prometheus: port ${port} of ${host} cannot be listened on: ${cause.message}`;
      throw loomError("config-invalid", problem, { path: "port" }, { cause });
    });
    logger.info(`sink prometheus: ${page.url}`);
    // Beside what every sink has: where the page is, as `port: 0` does not say it.
    return Object.assign(sink, { url: page.url });
  },
});

export default plugin;
