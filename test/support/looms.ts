/** Looms that know nothing of the machine they run on: no environment, no `.env`, no plugin folder. */

import { Loom, type LoomOptions } from "../../src/index.ts";
import { ENVIRONMENT } from "../../src/plugin.ts";
import { fixedEnvironment } from "../../src/runtime/environment.ts";

export interface BareOptions extends LoomOptions {
  /** The only variables there are. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Makes a Loom from its options and the given variables alone. */
export function bareLoom({ variables = {}, provide = [], ...options }: BareOptions = {}): Loom {
  return new Loom({
    pluginFolder: false,
    ...options,
    provide: [[ENVIRONMENT, fixedEnvironment(variables)], ...provide],
  });
}
