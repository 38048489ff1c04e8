/** Diagnostics on standard error: warnings and errors, unless more is asked for. */

import process from "node:process";
import type { Json } from "../contract/json.ts";
import type { Logger } from "../contract/services.ts";

const levels = ["debug", "info", "warn", "error"] as const;
type Level = typeof levels[number];

/** @param lowest the lowest level that is written; default `warn` */
export function consoleLogger(lowest: Level = "warn"): Logger {
  const from = levels.indexOf(lowest);
  const writer = (level: Level) => (message: string, data?: Json) => {
    if (levels.indexOf(level) < from) return;
    process.stderr.write(
      `loom ${level}: ${message}${data === undefined ? "" : " " + JSON.stringify(data)}\n`,
    );
  };
  return { debug: writer("debug"), info: writer("info"), warn: writer("warn"), error: writer("error") };
}
