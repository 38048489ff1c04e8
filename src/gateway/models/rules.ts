/** Conditional routing: the first rule that fits a request says where it goes. */

import { wildcard, wildcards } from "../../util/wildcard.ts";
import type { Principal, RoutingRule } from "../options.ts";

/** What rules look at. */
export interface Ruled {
  readonly principal: Principal;
  readonly tags: readonly string[];
  readonly model: string;
  header(name: string): string | undefined;
  /** Estimated tokens of the input; asked only where a rule wants to know. */
  tokens(): number;
}

/** The names that the first fitting rule says, best first. */
export type Rules = (request: Ruled) => readonly string[] | undefined;

type Condition = (request: Ruled) => boolean;

/** Compiles the rules; `undefined` when there are none. */
export function compileRules(rules: readonly RoutingRule[] = []): Rules | undefined {
  if (rules.length === 0) return undefined;
  const compiled = rules.map(({ when, use }) => ({ conditions: conditionsOf(when), use }));
  return (request) => compiled.find(({ conditions }) => conditions.every((holds) => holds(request)))?.use;
}

function conditionsOf(when: RoutingRule["when"]): readonly Condition[] {
  const conditions: Condition[] = [];
  const one = (wanted: string | readonly string[] | undefined, value: (of: Ruled) => string | undefined) => {
    if (wanted === undefined) return;
    const fits = wildcards(typeof wanted === "string" ? [wanted] : wanted);
    conditions.push((request) => {
      const given = value(request);
      return given !== undefined && fits(given);
    });
  };
  one(when.key, ({ principal }) => principal.id);
  one(when.team, ({ principal }) => principal.team);
  one(when.user, ({ principal }) => principal.user);
  one(when.model, ({ model }) => model);
  if (when.tag !== undefined) {
    const fits = wildcards(typeof when.tag === "string" ? [when.tag] : when.tag);
    conditions.push(({ tags }) => tags.some(fits));
  }
  for (const [name, pattern] of Object.entries(when.header ?? {})) {
    const fits = wildcard(pattern);
    conditions.push((request) => {
      const given = request.header(name.toLowerCase());
      return given !== undefined && fits(given);
    });
  }
  const { minTokens, maxTokens } = when;
  if (minTokens !== undefined) conditions.push((request) => request.tokens() >= minTokens);
  if (maxTokens !== undefined) conditions.push((request) => request.tokens() <= maxTokens);
  return conditions;
}
