/** Diagnostics on standard error: warnings and errors, unless more is asked for. */

import process from "node:process";
import type { Json } from "../contract/json.ts";
import type { Logger } from "../contract/services.ts";

const levels = ["debug", "info", "warn", "error"] as const;
export type Level = typeof levels[number];

/** @param lowest the lowest level that is written; default `warn` */
export function consoleLogger(lowest: Level = "warn"): Logger {
  return levelledLogger(lowest).logger;
}

/** A logger whose level may change while it is used. */
export interface LevelledLogger {
  readonly logger: Logger;
  level: Level;
}

export function levelledLogger(lowest: Level): LevelledLogger {
  const writer = (level: Level) => (message: string, data?: Json) => {
    if (levels.indexOf(level) < levels.indexOf(levelled.level)) return;
    process.stderr.write(
      `loom ${level}: ${message}${data === undefined ? "" : " " + JSON.stringify(data)}\n`,
    );
  };
  const logger = {
    debug: writer("debug"),
    info: writer("info"),
    warn: writer("warn"),
    error: writer("error"),
  };
  const levelled = { logger, level: lowest };
  return levelled;
}
