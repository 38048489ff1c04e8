/** The strategy `latency`: the target that has answered fastest of late comes first. */

import { z } from "zod";
import { CLOCK, definePlugin, type Plugin, RANDOM, type Strategy } from "../../../src/plugin.ts";
import { pacesOf } from "./paces.ts";

export interface LatencyOptions {
  /** After so long what was measured counts half. Default 300,000. */
  readonly halfLifeMs: number;
  /** Added to the time of an attempt that failed by its target's fault. Default 10,000. */
  readonly failurePenaltyMs: number;
  /** Share of calls that begin at another target than the fastest, to see how it is now. Default 0.05. */
  readonly explore: number;
  /** Targets that are remembered; the one unused for longest is forgotten first. Default 1,000. */
  readonly maxTargets: number;
}

const options = z.strictObject({
  halfLifeMs: z.number().min(1).max(86_400_000).default(300_000),
  failurePenaltyMs: z.number().min(0).max(3_600_000).default(10_000),
  explore: z.number().min(0).max(1).default(0.05),
  maxTargets: z.int().min(1).max(1_000_000).default(1_000),
}) as z.ZodType<LatencyOptions>;

const plugin: Plugin<"strategy", LatencyOptions> = definePlugin({
  api: 1,
  kind: "strategy",
  id: "latency",
  options,
  make(use, { explore, ...memory }): Strategy {
    const random = use(RANDOM);
    const paces = pacesOf(use(CLOCK), memory);
    return {
      order(targets) {
        if (targets.length < 2) return targets;
        const ranked = paces.rank(targets);
        // A target that nobody knows is first already; nothing else need be explored then.
        if (explore > 0 && paces.knows(ranked[0]) && random() < explore) {
          const at = 1 + Math.floor(random() * (ranked.length - 1));
          ranked.unshift(...ranked.splice(at, 1));
        }
        paces.chosen(ranked[0]);
        return ranked;
      },
      ended: (attempt, target) => paces.ended(attempt, target),
    };
  },
});

export default plugin;
