/** Shows how far a job is: a bar on a terminal, lines in a log, events for scripts. */

import type { Progress } from "../../batch/progress.ts";
import type { Clock } from "../../contract/services.ts";
import { barLine } from "./bar-line.ts";
import { figuresEvent, noteEvent } from "./event.ts";
import { type Figures, meterOf } from "./figures.ts";
import { plainLine } from "./plain-line.ts";
import { type Display, stagesOf } from "./stages.ts";
import { harmless } from "./width.ts";

interface Output {
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** Events instead of words. */
  readonly json: boolean;
  /** Where it goes: standard output for events, standard error for people. */
  readonly stream: Output;
  /** Where notes for people go. Default: where everything goes. */
  readonly notes?: Output;
  readonly isTerminal: boolean;
  /** Asked with every picture, since terminals change their width. */
  readonly columns: () => number | undefined;
  readonly clock: Pick<Clock, "monotonic" | "after">;
  /** Runs `restore` when the process ends in the middle; gives a function that takes it back. */
  readonly guard?: (restore: () => void) => () => void;
}

export function openProgress(options: ProgressOptions): Progress {
  const { json, isTerminal, clock } = options;
  const display = json ? events(options) : isTerminal ? bar(options) : lines(options);
  return stagesOf(display, (stage) => meterOf(stage, clock.monotonic), clock);
}

const hideCursor = "\u001b[?25l";
const showCursor = "\u001b[?25h";
/** To the end of the screen: when a terminal became narrower, the old line takes two. */
const clear = "\r\u001b[J";

function bar({ stream, notes = stream, columns, guard = () => () => {} }: ProgressOptions): Display {
  let shown = "";
  let release: (() => void) | undefined;
  // A terminal that does not know its width says 0. The last column stays empty, and the cursor in the first: neither a full line nor a ^C makes the terminal scroll.
  const line = (figures: Figures, ended: boolean) => barLine(figures, (columns() || 80) - 1, ended);
  const draw = (text: string) => {
    shown = text;
    stream.write(`\r${text}\u001b[J\r`);
  };
  return {
    everyMs: 100,
    begin(figures) {
      release = guard(() => void stream.write(`${clear}${showCursor}`));
      stream.write(hideCursor);
      draw(line(figures, false));
    },
    progress(figures) {
      const text = line(figures, false);
      if (text !== shown) draw(text);
    },
    note: (text, _data, figures) => {
      if (figures !== undefined) stream.write(clear);
      notes.write(`${harmless(text)}\n`);
      if (figures !== undefined) draw(line(figures, false));
    },
    end(figures, passing) {
      const last = passing ? clear : `\r${line(figures, true)}\u001b[J\n`;
      stream.write(last + showCursor);
      release?.();
      release = undefined;
    },
  };
}

function lines({ stream, notes = stream }: ProgressOptions): Display {
  let told: number | undefined;
  return {
    everyMs: 10_000,
    begin: () => void (told = undefined),
    progress(figures) {
      // Where nothing moves, a log need not say so every ten seconds.
      if (figures.done === told) return;
      told = figures.done;
      stream.write(`${plainLine(figures, false)}\n`);
    },
    note: (text) => void notes.write(`${harmless(text)}\n`),
    end: (figures, passing) => void (passing || stream.write(`${plainLine(figures, true)}\n`)),
  };
}

function events({ stream }: ProgressOptions): Display {
  return {
    everyMs: 1_000,
    begin: (figures) => void stream.write(`${JSON.stringify(figuresEvent("begin", figures))}\n`),
    progress: (figures) => void stream.write(`${JSON.stringify(figuresEvent("progress", figures))}\n`),
    note: (text, data) => void stream.write(`${JSON.stringify(noteEvent(text, data))}\n`),
    end: (figures) => void stream.write(`${JSON.stringify(figuresEvent("end", figures))}\n`),
  };
}
