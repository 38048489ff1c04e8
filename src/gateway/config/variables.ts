/** Fills variables in, notes where one stands alone, and makes a number or a switch of it where one is wanted. */

import { fillText } from "../../client/config-file.ts";
import type { Environment } from "../../contract/index.ts";
import type { ConfigFault, Steps } from "./fault.ts";
import { allIssues, type Issue } from "./issues.ts";

export interface Filled {
  readonly value: unknown;
  readonly faults: readonly ConfigFault[];
  /** Places, as JSON, whose whole text was one variable. */
  readonly alone: ReadonlySet<string>;
}

const onlyVariable = /^\$\{[A-Za-z_][A-Za-z0-9_]*(?::-[^}]*)?\}$/;

export function fillVariables(value: unknown, environment: Environment): Filled {
  const faults: ConfigFault[] = [];
  const alone = new Set<string>();
  const walk = (one: unknown, steps: Steps): unknown => {
    if (typeof one === "string") {
      if (onlyVariable.test(one)) alone.add(JSON.stringify(steps));
      return text(one, steps);
    }
    if (Array.isArray(one)) return one.map((item, index) => walk(item, [...steps, index]));
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, item]) => [key, walk(item, [...steps, key])]));
  };
  const text = (one: string, steps: Steps): string => {
    let problem: string | undefined;
    try {
      return fillText(one, environment, (found) => new Error(problem = found));
    } catch (error) {
      // What reading the environment itself throws is no fault of the file.
      if (problem === undefined) throw error;
      faults.push({ steps, problem });
      return one;
    }
  };
  return { value: walk(value, []), faults, alone };
}

/** Converts, in place, variables that stand alone where the schema wanted something else than a text. True: any was. */
export function convertVariables(value: unknown, issues: readonly Issue[], alone: Filled["alone"]): boolean {
  let converted = false;
  for (const { issue, steps } of issues.flatMap((one) => allIssues(one))) {
    if (!alone.has(JSON.stringify(steps)) || !mayBeOther(issue)) continue;
    const [last, parent] = [steps.at(-1), parentOf(value, steps)];
    if (last === undefined || parent === undefined) continue;
    const plain = plainOf(parent[last]);
    if (plain === undefined) continue;
    parent[last] = plain;
    converted = true;
  }
  return converted;
}

function mayBeOther(issue: Issue): boolean {
  return issue.code === "invalid_type" || issue.code === "invalid_value" || issue.code === "invalid_union";
}

function plainOf(value: unknown): number | boolean | undefined {
  if (value === "true" || value === "false") return value === "true";
  return typeof value === "string" && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
}

function parentOf(value: unknown, steps: Steps): Record<string | number, unknown> | undefined {
  let place = value;
  for (const step of steps.slice(0, -1)) {
    if (typeof place !== "object" || place === null) return undefined;
    place = (place as Record<string | number, unknown>)[step];
  }
  return typeof place === "object" && place !== null ? place as Record<string | number, unknown> : undefined;
}
