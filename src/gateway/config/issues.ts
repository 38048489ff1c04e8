/** Turns what zod found into faults: of a choice the branch that was meant, and for an unknown key the one that was. */

import { z } from "zod";
import { nearest } from "../../util/nearest.ts";
import type { ConfigFault, Steps } from "./fault.ts";

export type Issue = z.core.$ZodIssue;

/** @param schema the JSON schema of the whole, which knows the keys of every place */
export function faultsOfIssues(issues: readonly Issue[], schema: JsonSchema): readonly ConfigFault[] {
  return issues.flatMap((issue) => leaves(issue, [])).flatMap(({ issue, steps }): ConfigFault[] => {
    if (issue.code !== "unrecognized_keys") return [{ steps, problem: sentence(issue) }];
    const known = keysAt(schema, steps);
    return issue.keys.map((key) => {
      const [near] = nearest(key, known, 1);
      const hint = near === undefined ? `keys are ${known.join(", ")}` : `did you mean ${near}?`;
      return { steps: [...steps, key], problem: `is not known; ${hint}` };
    });
  });
}

interface Leaf {
  readonly issue: Issue;
  readonly steps: Steps;
}

/** Every issue of every branch of a choice, for those who ask what any of them would have taken. */
export function allIssues(issue: Issue, above: Steps = []): readonly Leaf[] {
  const steps = [...above, ...issue.path as Steps];
  const own: Leaf = { issue, steps };
  if (issue.code !== "invalid_union") return [own];
  return [own, ...issue.errors.flat().flatMap((one) => allIssues(one, steps))];
}

function leaves(issue: Issue, above: Steps): readonly Leaf[] {
  const steps = [...above, ...issue.path as Steps];
  if (issue.code !== "invalid_union") return [{ issue, steps }];
  // A branch whose faults lie inside had at least the right shape.
  const inside = issue.errors.filter((branch) =>
    branch.every((one) => one.path.length > 0 || one.code === "unrecognized_keys")
  );
  const [meant] = inside.sort((a, b) => a.length - b.length);
  if (meant === undefined) return [{ issue, steps }];
  return meant.flatMap((one) => leaves(one, steps));
}

/** None of them quotes the value, which may be a key. */
function sentence(issue: Issue): string {
  if (issue.code === "invalid_type" && issue.input === undefined && issue.message.includes("undefined")) {
    return "is missing";
  }
  if (issue.message.startsWith("must")) return issue.message;
  if (issue.code === "invalid_type") return `must be ${article(issue.expected)}`;
  if (issue.code === "invalid_value") return `must be one of ${issue.values.map(String).join(", ")}`;
  if (issue.code === "too_small") return issue.origin === "string" ? "is empty" : "has too few entries";
  if (issue.code === "invalid_key") return "has a name that is not allowed";
  return "is not as expected";
}

const articles: Readonly<Record<string, string>> = {
  object: "a map",
  record: "a map",
  array: "a list",
  string: "a text",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
};

function article(expected: string): string {
  return articles[expected] ?? expected;
}

/** As much of a JSON schema as is read here. */
export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly [keyword: string]: unknown;
}

function keysAt(schema: JsonSchema, steps: Steps): readonly string[] {
  let places: readonly JsonSchema[] = [schema];
  for (const step of steps) places = places.flatMap((place) => below(place, step));
  return [...new Set(places.flatMap(branches).flatMap((place) => Object.keys(place.properties ?? {})))];
}

function branches(schema: JsonSchema): readonly JsonSchema[] {
  return [schema, ...(schema.anyOf ?? []).flatMap(branches)];
}

function below(schema: JsonSchema, step: string | number): readonly JsonSchema[] {
  return branches(schema).flatMap(({ properties = {}, items, additionalProperties }) => {
    if (typeof step === "number") return items === undefined ? [] : [items];
    const own = Object.hasOwn(properties, step) ? properties[step] : undefined;
    const found = own ?? additionalProperties;
    return typeof found === "object" ? [found] : [];
  });
}
