/** The strategy `priority`: providers by their numbers, 1 first; those behind are for when the ones before them fail. */

import { z } from "zod";
import { definePlugin, type Plugin, type Strategy, type Target } from "../../../src/plugin.ts";

export interface PriorityOptions {
  /** By provider, or by `provider/model` for one model of it. Targets that are not named come last. */
  readonly providers: Readonly<Record<string, { readonly priority: number }>>;
}

const options = z.strictObject({
  providers: z.record(z.string().min(1), z.strictObject({ priority: z.number().min(0) })).default({}),
}) as z.ZodType<PriorityOptions>;

const plugin: Plugin<"strategy", PriorityOptions> = definePlugin({
  api: 1,
  kind: "strategy",
  id: "priority",
  options,
  make: (_, { providers }) => byPriority(new Map(Object.entries(providers))),
});

export default plugin;

/** Equal numbers keep the order in which the call named its targets. */
function byPriority(entries: ReadonlyMap<string, { readonly priority: number }>): Strategy {
  const priorityOf = ({ provider, model }: Target) =>
    (entries.get(`${provider}/${model}`) ?? entries.get(provider))?.priority ?? Number.MAX_VALUE;
  return { order: (targets) => targets.toSorted((a, b) => priorityOf(a) - priorityOf(b)) };
}
