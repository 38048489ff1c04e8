/** Asks the person at the terminal a question that is answered with yes or no. */

import process from "node:process";
import { createInterface } from "node:readline";

export type Confirm = (question: string) => Promise<boolean>;

/**
 * `undefined`: nobody sits at a terminal. The question goes to standard error, so that standard output may be piped.
 *
 * @param signal when aborted, the answer is no
 */
export function personAtTerminal(signal?: AbortSignal): Confirm | undefined {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  return (question) =>
    new Promise((resolve) => {
      // Without line editing of its own, so that Ctrl-C stays a signal.
      const lines = createInterface({ input: stdin, terminal: false });
      let answer = "";
      const stop = (): void => lines.close();
      signal?.addEventListener("abort", stop, { once: true });
      lines.once("line", (line) => {
        answer = line.trim();
        lines.close();
      });
      // Also at the end of input (Ctrl-D), which answers nothing.
      lines.once("close", () => {
        signal?.removeEventListener("abort", stop);
        resolve(/^y(?:es)?$/i.test(answer));
      });
      stderr.write(`${question} [y/N] `);
      if (signal?.aborted === true) stop();
    });
}
