/** Which calls are worth a line. */

import type { CallRecord, Sink } from "../../../src/plugin.ts";

export type LogLevel = "info" | "warn" | "error";

/** The same sink for records of this level and above. */
export function onlyFrom(level: LogLevel, sink: Sink): Sink {
  const least = levels.indexOf(level);
  return {
    ...sink,
    write(record) {
      if (levels.indexOf(levelOf(record)) >= least) sink.write(record);
    },
    get dropped() {
      return sink.dropped ?? 0;
    },
  };
}

const levels: readonly LogLevel[] = ["info", "warn", "error"];

/** Calls that were cancelled, needed more than one attempt or have something to tell are `warn`. */
export function levelOf({ status, attempts, receipt }: CallRecord): LogLevel {
  if (status === "failed") return "error";
  return status === "cancelled" || attempts > 1 || receipt.warnings.length > 0 ? "warn" : "info";
}
