/**
 * The sink `sqlite`: every call in a file, with sums that answer fast however many there are:
 * `{ type: "sqlite", path: "loom.db" }`. Several processes may write to one file.
 *
 * The file is used in a thread of its own, so that neither writing nor questions hold up a call.
 */

import { z } from "zod";
import {
  CLOCK,
  type Clock,
  definePlugin,
  LOGGER,
  type Logger,
  LoomError,
  type Plugin,
  RANDOM,
  type Random,
  type Sink,
} from "../../../src/plugin.ts";
import { type Desk, ownDesk, threadDesk } from "./desk.ts";
import type { FileOptions } from "./file.ts";
import { sqliteSink } from "./sink.ts";

export interface SqliteSinkOptions {
  /** The file; made when it is not there. Its folder must be. */
  readonly path: string;
  /** How many days calls are kept, with their receipts. Default 30. */
  readonly retainDays: number;
  /** How many days sums are kept. Default 400. */
  readonly retainSummaryDays: number;
  /** Records that may wait to be written; more are dropped and counted. Default 10,000. */
  readonly maxQueued: number;
  /** How long a record may wait before it is written. Default 1,000. */
  readonly flushMs: number;
  /** Asks an existing file and changes nothing in it: for reports. Default false. */
  readonly readOnly: boolean;
}

const options = z.strictObject({
  path: z.string().min(1, "must be the path of a file"),
  retainDays: z.int().min(1).max(3650).default(30),
  retainSummaryDays: z.int().min(1).max(3650).default(400),
  maxQueued: z.int().min(1).max(1_000_000).default(10_000),
  flushMs: z.int().min(0).max(60_000).default(1000),
  readOnly: z.boolean().default(false),
}) as z.ZodType<SqliteSinkOptions>;

const plugin: Plugin<"sink", SqliteSinkOptions> = definePlugin({
  api: 1,
  kind: "sink",
  id: "sqlite",
  options,
  make: (use, options) => open(use(CLOCK), use(LOGGER), use(RANDOM), options),
});

export default plugin;

/** Names beyond this, of one kind and in one span, are summed up as `other`. */
const maxNames = 1000;

async function open(clock: Clock, logger: Logger, random: Random, options: SqliteSinkOptions): Promise<Sink> {
  const { path, retainDays, retainSummaryDays, maxQueued, flushMs, readOnly } = options;
  const desk = await openDesk({ path, retainDays, retainSummaryDays, maxNames, readOnly }, logger);
  return sqliteSink(desk, clock, logger, {
    maxQueued,
    flushMs,
    writer: Math.floor(random() * 2 ** 47),
    readOnly,
  });
}

/** Programs that are bundled into one file have no file for the thread; calls go on, a little slower. */
async function openDesk(file: FileOptions, logger: Logger): Promise<Desk> {
  try {
    return await threadDesk(file);
  } catch (error) {
    if (LoomError.is(error)) throw error;
    logger.warn(`the sink sqlite has no thread of its own, so that calls wait for it: ${String(error)}`);
    return await ownDesk(file);
  }
}
