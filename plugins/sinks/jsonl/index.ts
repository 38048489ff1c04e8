/** The sink `jsonl`: every record as one line of JSON in a file that is rotated by size and by day. */

import { resolve } from "node:path";
import { z } from "zod";
import { batchingSink, CLOCK, definePlugin, LOGGER, type Plugin } from "../../../src/plugin.ts";
import { openLines } from "./lines.ts";
import { tidier } from "./tidy.ts";

export interface JsonlSinkOptions {
  /** Its folder is made when it is not there. */
  readonly path: string;
  /** A file that would grow beyond it is put aside. Default 64 MiB. */
  readonly maxFileBytes: number;
  /** Files put aside that are kept. Default 30. */
  readonly maxFiles: number;
  /** Whether files put aside are compressed. Default false. */
  readonly gzip: boolean;
}

const options = z.strictObject({
  path: z.string().min(1),
  maxFileBytes: z.int().min(1024).default(64 * 1024 * 1024),
  maxFiles: z.int().min(1).max(10_000).default(30),
  gzip: z.boolean().default(false),
}) as z.ZodType<JsonlSinkOptions>;

const plugin: Plugin<"sink", JsonlSinkOptions> = definePlugin({
  api: 1,
  kind: "sink",
  id: "jsonl",
  options,
  make: async (use, { path: given, maxFileBytes, maxFiles, gzip }) => {
    const [clock, logger, path] = [use(CLOCK), use(LOGGER), resolve(given)];
    const tidy = tidier({
      path,
      maxFiles,
      gzip,
      clock,
      failed: (error) => logger.warn("sink jsonl: old files could not be put in order", String(error)),
    });
    const lines = await openLines({ path, maxFileBytes, clock, rotated: tidy.soon });
    tidy.soon();
    return batchingSink({
      clock,
      lingerMs: 100,
      batchSize: 500,
      send: (batch) => lines.append(batch),
      lost: (error, records) =>
        logger.warn(`sink jsonl: ${records} records were lost, ${path} cannot be written`, String(error)),
      async close() {
        await tidy.close();
        await lines.close();
      },
    });
  },
});

export default plugin;
