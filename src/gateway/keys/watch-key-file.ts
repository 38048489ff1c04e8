/** Keeps the keys of a file current: looks at it every two seconds, and keeps what it had when the new content is broken. */

import { stat } from "node:fs/promises";
import type { Clock, Logger } from "../../contract/index.ts";
import { LoomError } from "../../errors/index.ts";
import type { KeyOptions } from "../options.ts";
import type { TakenKeys } from "./check.ts";
import { identityOf, readKeyFile } from "./key-file.ts";

export interface WatchOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The keys that are taken elsewhere, made anew for each reading. */
  readonly taken: () => TakenKeys;
  readonly use: (keys: readonly KeyOptions[]) => void;
}

const everyMs = 2000;

/**
 * Reads the file, and again whenever it changes.
 *
 * @returns ends it
 * @throws LoomError `config-invalid`, when the file is broken from the beginning
 */
export async function watchKeyFile(
  path: string,
  { clock, logger, taken, use }: WatchOptions,
): Promise<() => void> {
  const first = await readKeyFile(path, taken());
  use(first.keys);
  let seen = first.identity;
  let complaint: string | undefined;
  let ended = false;
  let cancel = clock.after(everyMs, () => void look(), { background: true });

  async function look(): Promise<void> {
    try {
      const found = identityOf(await stat(path));
      if (found !== seen) {
        seen = found;
        const { keys, identity } = await readKeyFile(path, taken());
        if (ended) return;
        seen = identity;
        use(keys);
        if (complaint !== undefined) logger.info(`key file ${path} is good again`);
        complaint = undefined;
      }
    } catch (error) {
      const { code, message } = error as { readonly code?: string; readonly message: string };
      const problem = LoomError.is(error) ? message : `key file ${path} cannot be read (${code ?? message})`;
      // Once per problem, not every two seconds.
      if (problem !== complaint && !ended) logger.error(`${problem}; the keys read before stay in use`);
      complaint = problem;
    } finally {
      if (!ended) cancel = clock.after(everyMs, () => void look(), { background: true });
    }
  }

  return () => {
    ended = true;
    cancel();
  };
}
