/** The sink `log`: one line per call, for people in a terminal and as JSON everywhere else. */

import process from "node:process";
import { z } from "zod";
import { CLOCK, definePlugin, type Plugin } from "../../../src/plugin.ts";
import { jsonLine, prettyLine } from "./line.ts";
import { type LogLevel, onlyFrom } from "./level.ts";
import { logSink, streamWriter } from "./sink.ts";

export interface LogSinkOptions {
  /** Default: `pretty` when the stream is a terminal, `json` when not. */
  readonly format?: "pretty" | "json" | undefined;
  /** Default `stderr`, so that a program's own output stays clean. */
  readonly stream: "stderr" | "stdout";
  /** `warn`: only calls that did not go well at once; `error`: only those that failed. Default `info`: all. */
  readonly level: LogLevel;
}

const options = z.strictObject({
  format: z.enum(["pretty", "json"]).optional(),
  stream: z.enum(["stderr", "stdout"]).default("stderr"),
  level: z.enum(["info", "warn", "error"]).default("info"),
}) as z.ZodType<LogSinkOptions>;

const plugin: Plugin<"sink", LogSinkOptions> = definePlugin({
  api: 1,
  kind: "sink",
  id: "log",
  options,
  make: (use, { format, stream, level }) => {
    const output = process[stream];
    const pretty = (format ?? (output.isTTY ? "pretty" : "json")) === "pretty";
    const sink = logSink(streamWriter(output), use(CLOCK), pretty ? prettyLine : jsonLine);
    return level === "info" ? sink : onlyFrom(level, sink);
  },
});

export default plugin;
