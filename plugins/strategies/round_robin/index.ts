/** The strategy `round_robin`: each target is first in its turn. */

import { LRUCache } from "lru-cache";
import { z } from "zod";
import { definePlugin, type Plugin, type Strategy, type Target } from "../../../src/plugin.ts";

export interface RoundRobinOptions {
  /** Sets of targets whose turn is remembered; the one unused for longest begins anew. Default 1,000. */
  readonly maxSets: number;
}

const options = z.strictObject({
  maxSets: z.int().min(1).max(1_000_000).default(1_000),
}) as z.ZodType<RoundRobinOptions>;

const plugin: Plugin<"strategy", RoundRobinOptions> = definePlugin({
  api: 1,
  kind: "strategy",
  id: "round_robin",
  options,
  make: (_, { maxSets }) => roundRobin(maxSets),
});

export default plugin;

interface Named {
  readonly name: string;
  readonly target: Target;
}

/**
 * Each set of targets has a turn of its own, so that calls for one model do not skip the turns of another's. A set is the
 * same in whatever order a call names it, and calls at the same moment get different turns, since nothing is awaited.
 */
function roundRobin(maxSets: number): Strategy {
  const turns = new LRUCache<string, { next: number }>({ max: maxSets });
  return {
    order(targets) {
      if (targets.length < 2) return targets;
      const ring = targets.map((target): Named => ({ name: nameOf(target), target })).sort(byName);
      const set = ring.map(({ name }) => name).join("\n");
      let turn = turns.get(set);
      if (turn === undefined) turns.set(set, turn = { next: 0 });
      const first = turn.next;
      turn.next = (first + 1) % ring.length;
      return [...ring.slice(first), ...ring.slice(0, first)].map(({ target }) => target);
    },
  };
}

function nameOf({ provider, model, upstreamModel }: Target): string {
  return `${provider}/${model}/${upstreamModel}`;
}

function byName(a: Named, b: Named): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
