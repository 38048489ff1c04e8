/** The last calls of this process, kept in memory for as long as no configured sink can be asked for its calls. */

import { Loom } from "../../client/loom.ts";
import { figuresOnly, levelOf } from "../../client/capture.ts";
import type { CallHistory, CallRecord, Logger } from "../../contract/index.ts";
import { LOGGER } from "../../plugin.ts";
import type { Generation } from "./generation.ts";

export interface KeptCalls {
  readonly history: CallHistory | undefined;
  /** Keeps the calls of a configuration from now on, where nothing of its own does. Gives a function that stops it. */
  attach(generation: Generation): () => void;
  close(): Promise<void>;
}

/** It outlives every configuration, so that a reload forgets nothing. */
export async function keepCalls(logger: Logger): Promise<KeptCalls> {
  // A Loom of its own, because that is what makes sinks; no call goes through it.
  const loom = new Loom({ pluginFolder: false, sinks: [{ type: "memory" }], provide: [[LOGGER, logger]] });
  const { sinks } = (await loom.engine()).opened;
  return {
    history: sinks.history,
    attach({ loom: watched, gateway, config }) {
      if (gateway.engine.opened.sinks.history !== undefined) return () => {};
      const shaped = levelOf(config.loom.capture) === "none" ? figuresOnly : withoutContent;
      return watched.on("call-end", (record) => sinks.deliver(shaped(record)));
    },
    close: () => loom.close(),
  };
}

/** Thousands of conversations do not belong into memory; who wants them names a sink for them. */
function withoutContent(record: CallRecord): CallRecord {
  if (record.content === undefined) return record;
  const { content: _, ...rest } = record;
  return rest;
}
