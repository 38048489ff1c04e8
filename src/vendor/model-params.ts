/** Params that some models of a vendor refuse, and those they are sent by default, by the model's name. */

import type { Notice } from "../contract/dialect.ts";
import type { Manifest } from "../contract/manifest.ts";
import type { Params } from "../contract/message.ts";
import type { Target } from "../contract/target.ts";

/** The target's params, without what its model refuses and with what it is sent unasked. */
export type ModelParams = (target: Target, notices: Notice[]) => Params;

/** Compiles the manifest's rules. The first whose pattern fits one of the model's two names holds. */
export function modelParams(manifest: Manifest): ModelParams {
  const rules = (manifest.params?.models ?? []).map((rule) => ({ ...rule, pattern: new RegExp(rule.match) }));
  if (rules.length === 0) return (target) => target.params;
  return (target, notices) => {
    const { params, model, upstreamModel } = target;
    const rule = rules.find(({ pattern }) => pattern.test(model) || pattern.test(upstreamModel));
    if (rule === undefined) return params;
    const kept: Record<string, Params[string]> = { ...rule.default, ...params };
    // What is asked for beside the defaults does not take their place.
    for (const [name, value] of Object.entries(rule.default ?? {})) {
      const given = params[name];
      if (Array.isArray(value) && Array.isArray(given)) kept[name] = [...new Set([...value, ...given])];
    }
    if (rule.keepWithEffort?.includes(effortOf(params)) === true) return kept;
    for (const name of rule.drop ?? []) {
      // Models that refuse to be tuned still take the value that they use anyway.
      if (params[name] === undefined || isDefault(name, params[name])) continue;
      delete kept[name];
      notices.push({
        code: "param-dropped",
        message: `${model} of ${manifest.label} does not take \`${name}\`; it was left out`,
      });
    }
    return kept;
  };
}

function effortOf(params: Params): string {
  const { reasoning_effort: effort, reasoning } = params;
  if (typeof effort === "string") return effort;
  const nested = typeof reasoning === "object" && reasoning !== null && "effort" in reasoning
    ? reasoning.effort
    : undefined;
  return typeof nested === "string" ? nested : "";
}

function isDefault(name: string, value: unknown): boolean {
  return name === "temperature" || name === "top_p" ? value === 1 : value === 0 || value === false;
}
