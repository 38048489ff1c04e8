/** A store that nobody waits for in vain: every use of it is bounded, and its outages are told of once. */

import type { Clock, Logger } from "../../contract/services.ts";
import type { Store } from "../../contract/storage.ts";

export interface PatientStore {
  /** The last use of it failed. */
  readonly down: boolean;
  /** Uses the store. `undefined`: that failed, or took too long; what is under way goes on. */
  run<T>(use: (store: Store) => Promise<T>, patience: Patience): Promise<{ readonly value: T } | undefined>;
}

export interface Patience {
  readonly withinMs: number;
  /** Absent: a short wait that passed says more about this busy process than about the store. */
  readonly lateMeansDown?: true;
}

export function patientStore(store: Store, clock: Clock, logger: Logger): PatientStore {
  let down = false;

  function failed(fault: unknown): void {
    if (!down) {
      const why = fault instanceof Error ? fault.message : String(fault);
      logger.warn(`the store is out of reach; accounts go on with what this process knows: ${why}`);
    }
    down = true;
  }

  function succeeded(): void {
    if (down) logger.info("the store is back; accounts are shared again");
    down = false;
  }

  return {
    get down() {
      return down;
    },
    run<T>(use: (store: Store) => Promise<T>, { withinMs, lateMeansDown }: Patience) {
      return new Promise<{ readonly value: T } | undefined>((resolve) => {
        const off = clock.after(withinMs, () => {
          if (lateMeansDown) failed(new Error(`no answer within ${withinMs} ms`));
          resolve(undefined);
        });
        // Begun in a promise, so that a store that throws at once is one that failed, too.
        Promise.resolve(store).then(use).then(
          (value) => (off(), succeeded(), resolve({ value })),
          (fault) => (off(), failed(fault), resolve(undefined)),
        );
      });
    },
  };
}
