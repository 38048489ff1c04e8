/** The progress of a command of this process: on its terminal, in its log, or as events on its output. */

import process from "node:process";
import type { Progress } from "../../batch/progress.ts";
import { systemClock } from "../../runtime/clock.ts";
import { openProgress } from "./open-progress.ts";

export interface ProcessProgressOptions {
  /** Events as lines of JSON on standard output; what people read goes to standard error. */
  readonly json?: boolean | undefined;
  /** Notes are what the command was called for, so they go to standard output. */
  readonly notesAreResults?: boolean;
}

/** Where a stage was begun, `end` belongs into a `finally`. */
export function processProgress(
  { json = false, notesAreResults = false }: ProcessProgressOptions = {},
): Progress {
  const stream = json ? process.stdout : process.stderr;
  return openProgress({
    json,
    stream: lasting(stream),
    ...notesAreResults ? { notes: lasting(process.stdout) } : {},
    isTerminal: stream.isTTY === true && drawable(process.env),
    columns: () => stream.columns,
    clock: systemClock,
    guard,
  });
}

/** Who reads along may go away (`| head`); the job goes on, since its rows are paid for. */
function lasting(stream: NodeJS.WriteStream): { write(text: string): void } {
  let open = true;
  stream.on("error", () => void (open = false));
  return { write: (text) => void (open && stream.write(text)) };
}

/** Logs of CI may look like terminals, and keep every picture. */
function drawable({ CI = "", TERM }: NodeJS.ProcessEnv): boolean {
  return TERM !== "dumb" && (CI === "" || CI === "false" || CI === "0");
}

/** Deno says no `exit` after an error that nobody caught. */
const ends = ["exit", "uncaughtExceptionMonitor"] as const;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** However the process ends, it leaves a terminal that shows its cursor. */
function guard(restore: () => void): () => void {
  const release = () => {
    for (const end of ends) process.off(end, restore);
    for (const signal of signals) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    // Somebody else ends the job in good order.
    if (process.listenerCount(signal) > 1) return;
    restore();
    release();
    process.kill(process.pid, signal);
  };
  for (const end of ends) process.on(end, restore);
  for (const signal of signals) process.on(signal, onSignal);
  return release;
}
