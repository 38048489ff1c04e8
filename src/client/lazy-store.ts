/** A store that is made with its first use: most programs that configure none need none. */

import type { Store } from "../contract/storage.ts";

/** @param open gives the same store each time; whoever makes it closes it */
export function lazyStore(open: () => Promise<Store>): Store {
  let made: Store | undefined;
  const opened = async () => made ??= await open();
  return {
    get: async (key) => await (await opened()).get(key),
    set: async (key, value, options) => await (await opened()).set(key, value, options),
    add: async (key, amount, options) => await (await opened()).add(key, amount, options),
    delete: async (key) => await (await opened()).delete(key),
    // Once it is there, what it answers synchronously is not made to wait.
    hold: (lease, holds, leaseMs) =>
      made === undefined
        ? opened().then((store) => store.hold(lease, holds, leaseMs))
        : made.hold(lease, holds, leaseMs),
    settle: (lease, holds, used) =>
      made === undefined
        ? opened().then((store) => store.settle(lease, holds, used))
        : made.settle(lease, holds, used),
  };
}
