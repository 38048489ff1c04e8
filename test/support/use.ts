/** A `use` for tests that make a plugin directly: gives the services it was given, and says which one is missing. */

import type { Token, Use } from "../../src/plugin.ts";

/** Makes a `use` of pairs such as `[CLOCK, fakeClock()]`. */
export function useOf(...provisions: readonly (readonly [symbol, unknown])[]): Use {
  const services = new Map<symbol, unknown>(provisions);
  return <T>(token: Token<T>): T => {
    if (!services.has(token)) throw new Error(`the test provides no ${String(token)}`);
    return services.get(token) as T;
  };
}
