/** A store that is made with its first use: most programs that configure none need none. */

import type { Store } from "../contract/storage.ts";

/** @param open gives the same store each time; whoever makes it closes it */
export function lazyStore(open: () => Promise<Store>): Store {
  return {
    get: async (key) => await (await open()).get(key),
    set: async (key, value, options) => await (await open()).set(key, value, options),
    add: async (key, amount, options) => await (await open()).add(key, amount, options),
    delete: async (key) => await (await open()).delete(key),
  };
}
