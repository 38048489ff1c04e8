/** The Loom that jobs run with: any model may be asked for, every row is asked by itself, and the runner minds the pace. */

import { Loom, type LoomOptions, type ProviderOptions } from "../index.ts";

export interface BatchLoomOptions {
  /** Providers that are asked, those of fallbacks included. */
  readonly providers: readonly string[];
  /** The key of the first one; wins over environment and `.env`. */
  readonly apiKey?: string | undefined;
}

/** Names that people know vendors by, beside Loom's own. */
const aliases: Readonly<Record<string, string>> = { google: "gemini" };

export function batchLoom({ providers, apiKey }: BatchLoomOptions): Loom {
  const entries = [...new Set([...providers, ...Object.keys(aliases)])].map(
    (id): [string, ProviderOptions] => {
      const type = aliases[id];
      return [id, {
        // The sandbox takes any name as it is, and no options.
        ...id === "sandbox" ? {} : { models: "open" },
        ...type === undefined ? {} : { type },
        ...apiKey !== undefined && id === providers[0] ? { apiKey } : {},
      }];
    },
  );
  return new Loom({ ...settings, providers: Object.fromEntries(entries) });
}

const settings: LoomOptions = {
  // Equal rows are asked as often as they are there, unless the job says otherwise.
  dedup: false,
  // It would turn rows away that only have to wait; the runner waits, and stops when a vendor fails for long.
  breaker: false,
};
