/** The sink `log`: one line per call, for people in a terminal and as JSON everywhere else. */

import process from "node:process";
import { z } from "zod";
import { CLOCK, definePlugin, type Plugin } from "../../../src/plugin.ts";
import { jsonLine, prettyLine } from "./line.ts";
import { logSink, streamWriter } from "./sink.ts";

export interface LogSinkOptions {
  /** Default: `pretty` when the stream is a terminal, `json` when not. */
  readonly format?: "pretty" | "json" | undefined;
  /** Default `stderr`, so that a program's own output stays clean. */
  readonly stream: "stderr" | "stdout";
}

const options = z.strictObject({
  format: z.enum(["pretty", "json"]).optional(),
  stream: z.enum(["stderr", "stdout"]).default("stderr"),
}) as z.ZodType<LogSinkOptions>;

const plugin: Plugin<"sink", LogSinkOptions> = definePlugin({
  api: 1,
  kind: "sink",
  id: "log",
  options,
  make: (use, { format, stream }) => {
    const output = process[stream];
    const pretty = (format ?? (output.isTTY ? "pretty" : "json")) === "pretty";
    return logSink(streamWriter(output), use(CLOCK), pretty ? prettyLine : jsonLine);
  },
});

export default plugin;
