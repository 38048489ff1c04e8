/** Ctrl-C for jobs: the first lets rows under way end, the second gives them up and keeps what is finished, the third ends at once. */

import process from "node:process";

export interface StopSignals {
  readonly signal: AbortSignal;
  readonly abort: AbortSignal;
  /** Signals end the process again, as they do by themselves. */
  release(): void;
}

/** @param say tells the person what happens now */
export function stopSignals(say: (text: string) => void): StopSignals {
  const [gentle, hard] = [new AbortController(), new AbortController()];
  const heard = () => {
    if (hard.signal.aborted) process.exit(130);
    if (gentle.signal.aborted) {
      say("stopping at once: what is under way is given up, what is finished is kept");
      return hard.abort();
    }
    say("stopping: what is under way may end; once more to stop at once");
    gentle.abort();
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, heard);
  return {
    signal: gentle.signal,
    abort: hard.signal,
    release() {
      for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, heard);
    },
  };
}
