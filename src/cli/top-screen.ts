/** Shows a picture that changes: plain ANSI on the terminal's second screen, which leaves the first as it was. */

import type { Clock } from "../contract/services.ts";
import { type Sample } from "./top-sample.ts";
import { type Size, topTable } from "./top-table.ts";

/** Where it is shown; `process.stdout` is one. */
export interface Screen {
  write(text: string): unknown;
  readonly columns?: number;
  readonly rows?: number;
}

export interface LiveOptions {
  readonly load: (signal: AbortSignal) => Promise<Sample>;
  readonly screen: Screen;
  readonly clock: Pick<Clock, "after">;
  readonly intervalMs: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

const begin = "\u001b[?1049h\u001b[?25l";
/** The cursor shows again, and the first screen comes back. */
export const restore = "\u001b[?25h\u001b[?1049l";

/**
 * Settles when the signal says so, with the terminal as it was before.
 *
 * @throws what the first reading throws; later ones are shown and tried again
 */
export async function showLive({ load, screen, clock, intervalMs, signal }: LiveOptions): Promise<void> {
  let now: Sample;
  try {
    now = await load(signal);
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  let before: Sample | undefined;
  let trouble = "";
  screen.write(begin);
  try {
    while (!signal.aborted) {
      draw(screen, topTable(now, before, sizeOf(screen, trouble)), trouble);
      await pause(clock, intervalMs, signal);
      if (signal.aborted) break;
      try {
        const next = await load(signal);
        [before, now, trouble] = [now, next, ""];
      } catch (error) {
        // The last figures stay, with a word on why they stand still.
        trouble = (error as Error).message;
      }
    }
  } finally {
    screen.write(restore);
  }
}

/** One line is left for the trouble. */
function sizeOf({ columns = 80, rows = 24 }: Screen, trouble: string): Size {
  return { columns, rows: trouble === "" ? rows : rows - 1 };
}

/** Over what was there, line by line: clearing everything first would flicker. */
function draw(screen: Screen, lines: readonly string[], trouble: string): void {
  const all = trouble === "" ? lines : [trouble.slice(0, screen.columns ?? 80), ...lines];
  screen.write(`\u001b[H${all.map((line) => `${line}\u001b[K`).join("\r\n")}\u001b[J`);
}

function pause(clock: Pick<Clock, "after">, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal.addEventListener("abort", end);
  });
}
