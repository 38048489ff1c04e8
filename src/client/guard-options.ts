/** The guards of a Loom: the option `guards`, its checks, and its defaults. */

import type { Guard, GuardAction } from "../contract/guard.ts";
import type { PluginReference } from "../contract/plugin.ts";
import { loomError } from "../errors/index.ts";
import type { ActiveGuard } from "../middleware/index.ts";

export type { ActiveGuard } from "../middleware/index.ts";

/** What one guard is asked about, and what becomes of its findings. */
export interface GuardRule {
  /** A plugin by name with its options, or the thing itself, which its maker closes. */
  readonly guard: PluginReference<"guard"> | Guard;
  /**
   * `flag`: noted in receipt, events and metrics. `redact`: cut out of the request and put back into the answer, cut out of
   * the answer for good. `block`: the call ends with `guard-blocked`.
   */
  readonly action: GuardAction;
  /** Whether it judges requests. Default: if it can. */
  readonly input?: boolean;
  /** Whether it judges answers. Default: if it can. */
  readonly output?: boolean;
  /** Findings less sure than this are none, from 0 to 1. Default 0. */
  readonly minScore?: number;
  /** How long it may think about a call, and again about its answer. Default 50. */
  readonly budgetMs?: number;
  /** What becomes of a call that it could not judge. Default `open` for `flag`, else `closed`: `guard-blocked`. */
  readonly onUnavailable?: "open" | "closed";
  /** The share of calls that it judges, from 0 to 1. Default 1. */
  readonly sample?: number;
  /** It judges and is recorded, and nothing is done. Default false. */
  readonly shadow?: boolean;
}

const fields = [
  "guard",
  "action",
  "input",
  "output",
  "minScore",
  "budgetMs",
  "onUnavailable",
  "sample",
  "shadow",
];
const actions: readonly unknown[] = ["flag", "redact", "block"];
const defaultBudgetMs = 50;
const maxBudgetMs = 600_000;

/** @throws LoomError `config-invalid`, naming path, value and what was expected */
export function checkGuards(rules: readonly unknown[] | undefined): void {
  rules?.forEach((rule, index) => checkRule(`guards[${index}]`, rule));
}

function checkRule(path: string, rule: unknown): void {
  if (typeof rule !== "object" || rule === null || Array.isArray(rule)) {
    throw invalid(path, 'must be an object, such as { guard: { type: "pii" }, action: "redact" }');
  }
  const unknown = Object.keys(rule).find((field) => !fields.includes(field));
  if (unknown !== undefined) {
    const hint = fields.join(", ");
    throw invalid(
      `${path}.${unknown}`,
      `is not known; fields are ${hint}; options of the guard stand in guard`,
    );
  }
  const given = rule as Readonly<Record<keyof GuardRule, unknown>>;
  checkGuard(`${path}.guard`, given.guard);
  if (!actions.includes(given.action)) throw invalid(`${path}.action`, "must be flag, redact or block");
  for (const field of ["input", "output", "shadow"] as const) {
    if (given[field] === undefined || typeof given[field] === "boolean") continue;
    throw invalid(`${path}.${field}`, "must be true or false");
  }
  for (const field of ["minScore", "sample"] as const) {
    const value = given[field];
    if (value === undefined || (typeof value === "number" && value >= 0 && value <= 1)) continue;
    throw invalid(`${path}.${field}`, "must be a number from 0 to 1");
  }
  const { budgetMs, onUnavailable, input, output } = given;
  if (budgetMs !== undefined && !(typeof budgetMs === "number" && budgetMs > 0 && budgetMs <= maxBudgetMs)) {
    throw invalid(`${path}.budgetMs`, `must be milliseconds above 0 and up to ${maxBudgetMs}`);
  }
  if (onUnavailable !== undefined && onUnavailable !== "open" && onUnavailable !== "closed") {
    throw invalid(`${path}.onUnavailable`, "must be open or closed");
  }
  if (input === false && output === false) {
    throw invalid(path, "judges neither input nor output, so it does nothing; take it out");
  }
}

function checkGuard(path: string, guard: unknown): void {
  const given = (typeof guard === "object" && guard !== null ? guard : {}) as Readonly<
    Record<string, unknown>
  >;
  if (typeof given["type"] === "string" && given["type"] !== "") return;
  if (["input", "output", "whole"].some((method) => typeof given[method] === "function")) return;
  throw invalid(
    path,
    'must be { type: "…", … } or an object with one of the functions input(), output() and whole()',
  );
}

/** Makes the guards of all rules. @throws LoomError `config-invalid`, `plugin-invalid` */
export function openGuards(
  rules: readonly GuardRule[] | undefined = [],
  make: (guard: GuardRule["guard"], path: string) => Promise<Guard>,
): Promise<readonly ActiveGuard[]> {
  return Promise.all(rules.map(async (rule, index) => {
    const path = `guards[${index}]`;
    return activeGuard(path, rule, await make(rule.guard, `${path}.guard`));
  }));
}

/** A rule with its guard made. @throws LoomError `config-invalid`, when the guard cannot do what it is to */
function activeGuard(path: string, rule: GuardRule, guard: Guard): ActiveGuard {
  const { action, input, output, minScore = 0, budgetMs = defaultBudgetMs, sample = 1, shadow = false } =
    rule;
  const { type } = rule.guard as { readonly type?: unknown };
  const name = typeof type === "string" ? type : path;
  const judges = {
    input: typeof guard.input === "function",
    output: typeof guard.output === "function" || typeof guard.whole === "function",
  };
  for (const side of ["input", "output"] as const) {
    if (rule[side] !== true || judges[side]) continue;
    throw invalid(`${path}.${side}`, `is true, but guard "${name}" cannot judge ${side}; take it out`);
  }
  const active = { input: (input ?? true) && judges.input, output: (output ?? true) && judges.output };
  if (!active.input && !active.output) {
    const other = judges.input ? "input" : "output";
    const problem = judges.input || judges.output
      ? `can only judge ${other}, which is switched off`
      : "can judge nothing";
    throw invalid(path, `does nothing: guard "${name}" ${problem}`);
  }
  const onUnavailable = rule.onUnavailable ?? (action === "flag" ? "open" : "closed");
  return { name, guard, action, ...active, minScore, budgetMs, onUnavailable, sample, shadow };
}

function invalid(path: string, problem: string): Error {
  return loomError("config-invalid", `${path} ${problem}`, { path });
}
