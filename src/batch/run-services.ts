/** What every way to run a job is given beside the job: `(job: Job, services: RunServices) => Promise<void>`. */

import type { Clock, Logger } from "../contract/services.ts";
import type { Loom } from "../index.ts";
import type { LoomHome } from "./home/loom-home.ts";
import type { Progress } from "./progress.ts";

/**
 * What a run has to say goes to `progress`: its end line too, as a note. What went wrong is thrown: `rows-failed` after an
 * output was written in which rows have no answer, `aborted` after a stop, both with the way to go on in the message.
 */
export interface RunServices {
  /** Knows the key that was given, and asks for models that no catalog has. */
  readonly loom: Loom;
  readonly progress: Progress;
  /** Where state and cached answers are kept. */
  readonly home: LoomHome;
  readonly clock: Clock;
  /** Aborted by the first Ctrl-C: what is under way may end, nothing new begins. */
  readonly signal: AbortSignal;
  /** Aborted by the second one: what is under way is given up, what is finished is kept. */
  readonly abort: AbortSignal;
  readonly logger: Logger;
  /** Asks a person a question that is answered with yes or no; absent, where nobody sits at a terminal. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
}
