/** The sink `memory`: the last calls of this process, for a dashboard without a file: `{ type: "memory" }`. */

import { z } from "zod";
import { definePlugin, LOGGER, type Plugin } from "../../../src/plugin.ts";
import { memorySink } from "./sink.ts";

export interface MemorySinkOptions {
  /** How many calls are kept. Default 10,000. */
  readonly maxCalls: number;
}

const options = z.strictObject({
  maxCalls: z.int().min(1).max(1_000_000).default(10_000),
}) as z.ZodType<MemorySinkOptions>;

const plugin: Plugin<"sink", MemorySinkOptions> = definePlugin({
  api: 1,
  kind: "sink",
  id: "memory",
  options,
  make: (use, { maxCalls }) => memorySink(maxCalls, use(LOGGER)),
});

export default plugin;
