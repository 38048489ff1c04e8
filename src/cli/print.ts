/** Prints what a command found, also into a pipe whose reader has seen enough (`loom models | head`). */

import process from "node:process";

/** Settles once the text is written, or nobody reads on. */
export function print(text: string): Promise<void> {
  const { stdout } = process;
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      if ((error as { code?: string }).code === "EPIPE") resolve();
      else reject(error);
    };
    stdout.once("error", failed);
    stdout.write(text, (error) => {
      // A failed write tells its callback first and the stream's listeners then, so these must stay.
      if (error !== null && error !== undefined) return failed(error);
      stdout.off("error", failed);
      resolve();
    });
  });
}
