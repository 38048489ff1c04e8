/** Which models a caller may ask for. */

import { type Matches, wildcards } from "../../util/wildcard.ts";
import type { Principal } from "../options.ts";

/** By the principal's own list, which lives as long as the key; so each is compiled once. */
const compiled = new WeakMap<readonly string[], { readonly all: Matches; readonly bare: Matches }>();

/**
 * Whether a model may be used: by the name it was asked for, or by the one it was resolved to.
 *
 * @param resolvedName as `provider/model`; patterns without a slash fit its model, whoever provides it
 */
export function allows({ models }: Principal, requestedModel: string, resolvedName?: string): boolean {
  if (models === undefined) return true;
  let rules = compiled.get(models);
  if (rules === undefined) {
    rules = { all: wildcards(models), bare: wildcards(models.filter((pattern) => !pattern.includes("/"))) };
    compiled.set(models, rules);
  }
  if (rules.all(requestedModel)) return true;
  const name = resolvedName ?? requestedModel;
  if (name !== requestedModel && rules.all(name)) return true;
  const slash = name.indexOf("/");
  return slash !== -1 && rules.bare(name.slice(slash + 1));
}
