/** Waits to be told to stop: once gently, twice at once. */

import process from "node:process";

/** Settles with the first signal; the second ends the process there and then. */
export function stopSignal(logger: { info(message: string): void }): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130);
        asked = true;
        logger.info("stopping: what is under way may end; once more to stop at once");
        resolve();
      });
    }
  });
}
