/** The strategy `weighted`: each provider is first as often as its weight says, by chance. */

import { z } from "zod";
import {
  definePlugin,
  type Plugin,
  RANDOM,
  type Random,
  type Strategy,
  type Target,
} from "../../../src/plugin.ts";

export interface WeightedOptions {
  /** By provider, or by `provider/model` for one model of it. */
  readonly providers: Readonly<Record<string, { readonly weight: number }>>;
}

const options = z.strictObject({
  providers: z.record(z.string().min(1), z.strictObject({ weight: z.number().min(0).max(1e9) })).default({}),
}) as z.ZodType<WeightedOptions>;

const plugin: Plugin<"strategy", WeightedOptions> = definePlugin({
  api: 1,
  kind: "strategy",
  id: "weighted",
  options,
  make: (use, { providers }) => byWeight(new Map(Object.entries(providers)), use(RANDOM)),
});

export default plugin;

interface Weighed {
  readonly target: Target;
  readonly weight: number;
}

/**
 * The first place is drawn, the others follow by weight. A weight of 0 makes a fallback, as does not being named where others
 * are; targets of which none is named are drawn evenly.
 */
function byWeight(entries: ReadonlyMap<string, { readonly weight: number }>, random: Random): Strategy {
  return {
    order(targets) {
      if (targets.length < 2) return targets;
      const weighed = weigh(targets, entries);
      const first = draw(weighed, random);
      return [first, ...weighed.filter((one) => one !== first).sort((a, b) => b.weight - a.weight)]
        .map(({ target }) => target);
    },
  };
}

function draw(weighed: readonly Weighed[], random: Random): Weighed {
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
  let left = random() * total;
  for (const one of weighed) {
    left -= one.weight;
    if (left < 0) return one;
  }
  // Nobody has a weight, or rounding has left a rest.
  return weighed.findLast(({ weight }) => weight > 0) ?? weighed[0] as Weighed;
}

/** What is given to a provider is shared among those of its models that have no weight of their own. */
function weigh(
  targets: readonly Target[],
  entries: ReadonlyMap<string, { readonly weight: number }>,
): readonly Weighed[] {
  const own = targets.map(({ provider, model }) => entries.get(`${provider}/${model}`)?.weight);
  const sharing = new Map<string, number>();
  let anyNamed = false;
  for (const [index, { provider }] of targets.entries()) {
    anyNamed ||= own[index] !== undefined || entries.has(provider);
    if (own[index] === undefined) sharing.set(provider, (sharing.get(provider) ?? 0) + 1);
  }
  return targets.map((target, index) => {
    if (!anyNamed) return { target, weight: 1 };
    const shared = (entries.get(target.provider)?.weight ?? 0) / (sharing.get(target.provider) ?? 1);
    return { target, weight: own[index] ?? shared };
  });
}
