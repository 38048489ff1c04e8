/** The `loom` command on a terminal of its own, and what a person sees there. */

import { type IPty, spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { commandOf } from "../cli/loom-command.ts";

export interface OnTerminal {
  /** What is on the screen, and above it: lines without spaces at their ends, and without empty ones at the end. */
  readonly lines: readonly string[];
  /** Whether the cursor shows. */
  readonly cursor: boolean;
  /** Settles with the screen as soon as it fits. @throws Error, with the screen, when the command ends before */
  sees(what: RegExp): Promise<string>;
  /** Presses keys: `"\r"` is return, `"\u0003"` is Ctrl-C. */
  type(keys: string): void;
  resize(columns: number): void;
  /** The exit code, once everything that was written is on the screen. */
  readonly ended: Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface TerminalOptions {
  readonly cwd: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Default 100. */
  readonly columns?: number;
  /** Another program of this repository. */
  readonly program?: string;
}

const rows = 24;
/** A command that says nothing new for so long hangs. */
const patienceMs = 30_000;

/** Starts the command, with the runtime that runs the tests and no keys of this machine. */
export function loomOnTerminal(
  args: readonly string[],
  { cwd, variables = {}, columns = 100, program }: TerminalOptions,
): OnTerminal {
  const { file, parameters, env } = commandOf(args, { LANG: "C.UTF-8", ...variables }, program);
  const name = env["TERM"] ?? "xterm-256color";
  const child: IPty = spawn(file, parameters, { name, cols: columns, rows, cwd, env });
  const screen = new xterm.Terminal({ cols: columns, rows, scrollback: 1000, allowProposedApi: true });
  const watchers = new Set<() => void>();
  let [cursor, over] = [true, false];

  for (const final of ["h", "l"]) {
    screen.parser.registerCsiHandler({ prefix: "?", final }, ([mode]) => {
      if (mode === 25) cursor = final === "h";
      return false;
    });
  }

  const late = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  child.onData((text) => screen.write(text, look));
  const ended = new Promise<number>((resolve) => {
    child.onExit(({ exitCode, signal = 0 }) => {
      clearTimeout(late);
      screen.write("", () => {
        over = true;
        look();
        resolve(signal === 0 ? exitCode : 128 + signal);
      });
    });
  });

  function look(): void {
    for (const watcher of watchers) watcher();
  }
  function lines(): readonly string[] {
    const { active } = screen.buffer;
    const all = Array.from(
      { length: active.length },
      (_, row) => active.getLine(row)?.translateToString(true) ?? "",
    );
    return all.slice(0, all.findLastIndex((line) => line !== "") + 1);
  }

  return {
    get lines() {
      return lines();
    },
    get cursor() {
      return cursor;
    },
    sees: (what) =>
      new Promise((resolve, reject) => {
        const watcher = () => {
          const text = lines().join("\n");
          if (what.test(text)) resolve(text);
          else if (over) reject(new Error(`the command ended, and never showed ${what}:\n${text}`));
          else return;
          watchers.delete(watcher);
        };
        watchers.add(watcher);
        watcher();
      }),
    type: (keys) => child.write(keys),
    resize(columns) {
      screen.resize(columns, rows);
      child.resize(columns, rows);
    },
    ended,
    async [Symbol.asyncDispose]() {
      if (!over) child.kill("SIGKILL");
      await ended;
      screen.dispose();
    },
  };
}
