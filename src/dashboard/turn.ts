/** A pause between two questions: a history in memory reckons in one go, and the calls of this process go first. */

import { setImmediate } from "node:timers";

/** Settles when whatever waits has had its turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
