/** Keyrings for tests: a clock that the test moves, and a logger that remembers. */

import { setImmediate } from "node:timers/promises";
import type { Logger } from "../../../src/contract/index.ts";
import type { KeysOptions } from "../../../src/gateway/options.ts";
import type { ManagedStore } from "../../../src/gateway/keys/managed-row.ts";
import { createKeys, type Keyring } from "../../../src/gateway/keys/keyring.ts";
import { type FakeClock, fakeClock } from "../../../src/testing.ts";

export interface Kit extends Disposable {
  readonly keyring: Keyring;
  readonly clock: FakeClock;
  /** Everything that was logged, as `level: message`. */
  readonly logged: string[];
  /** The principal's id, for keys that need no waiting. */
  who(key: string): string;
}

export async function keyringOf(
  options: KeysOptions | undefined,
  { clock = fakeClock(), file, store }: {
    readonly clock?: FakeClock;
    readonly file?: string;
    readonly store?: ManagedStore;
  } = {},
): Promise<Kit> {
  const logged: string[] = [];
  const level = (name: string) => (message: string, data?: unknown) =>
    void logged.push(`${name}: ${message} ${JSON.stringify(data ?? null)}`);
  const logger: Logger = {
    debug: level("debug"),
    info: level("info"),
    warn: level("warn"),
    error: level("error"),
  };
  const keyring = await createKeys(options, {
    clock,
    logger,
    ...(file !== undefined && { file }),
    ...(store !== undefined && { store }),
  });
  return {
    keyring,
    clock,
    logged,
    who: (key) => (keyring.find({ authorization: `Bearer ${key}` }) as { readonly id: string }).id,
    [Symbol.dispose]: () => keyring.close(),
  };
}

/** Moves on by what watchers wait, and lets them look at the real file: they set their timer anew when they are done. */
export async function letLook(clock: FakeClock): Promise<void> {
  const before = clock.pending;
  await clock.advance(2000);
  while (clock.pending < before) await setImmediate();
}
