/** Where the dashboard reads: the history and the Loom, as they are at the moment of asking. */

import type { Loom } from "../client/loom.ts";
import type { Engine } from "../client/engine.ts";
import type { CallHistory, Clock } from "../contract/index.ts";
import { loomError } from "../errors/index.ts";
import { systemClock } from "../runtime/clock.ts";
import type { DashboardOptions } from "./options.ts";

export interface DashboardSource {
  readonly clock: Clock;
  /** @throws LoomError `unsupported` with status 503, where nothing is recorded */
  history(): Promise<CallHistory>;
  loom(): Loom | undefined;
  /** `undefined`: there is no Loom. */
  engine(): Promise<Engine | undefined>;
  providers(): readonly string[];
}

export function dashboardSource(options: DashboardOptions): DashboardSource {
  const { loom: givenLoom, history: given, providers = [], clock = systemClock } = options;
  const loom = () => typeof givenLoom === "function" ? givenLoom() : givenLoom;
  return {
    clock,
    loom,
    async history() {
      const found = given === undefined
        ? await loom()?.history()
        : typeof given === "function"
        ? given()
        : given;
      if (found !== undefined) return found;
      throw loomError(
        "unsupported",
        "no sink of this Loom can be asked for its calls; add one that can, such as sinks: [{ type: memory }]",
        { feature: "history" },
        { status: 503 },
      );
    },
    engine: async () => await loom()?.engine(),
    providers: () => typeof providers === "function" ? providers() : providers,
  };
}
