/** Checks the limits of a Loom, and allowances wherever they are configured. */

import type { Allowance } from "../contract/call.ts";
import { loomError } from "../errors/index.ts";

const fields = ["all", "onStoreFailure", "maxReservedOutputTokens"];
const allowanceFields = [
  "scope",
  "requestsPerMinute",
  "tokensPerMinute",
  "concurrentRequests",
  "budgets",
  "allowUnknownPrice",
];
const periods = ["day", "week", "month", "total"];
/** About 9 million USD: beyond it nano-USD do not add up exactly. */
const maxUsd = Number.MAX_SAFE_INTEGER / 1e9;

/** @throws LoomError `config-invalid`, naming path, value and what was expected */
export function checkLimits(given: unknown): void {
  if (given === undefined) return;
  const limits = objectAt("limits", given, fields);
  const { all, onStoreFailure } = limits;
  if (onStoreFailure !== undefined && onStoreFailure !== "refuse" && onStoreFailure !== "allow") {
    throw invalid("limits.onStoreFailure", 'must be "refuse" or "allow"');
  }
  if (all === undefined) return;
  if (!Array.isArray(all)) throw invalid("limits.all", "must be a list of allowances");
  all.forEach((one, index) => checkAllowance(`limits.all[${index}]`, one));
}

/**
 * @param path where it stands, for messages
 * @throws LoomError `config-invalid`
 */
export function checkAllowance(path: string, given: unknown): asserts given is Allowance {
  const { scope, budgets, allowUnknownPrice, ...rest } = objectAt(path, given, allowanceFields);
  if (typeof scope !== "string" || scope === "") {
    throw invalid(`${path}.scope`, 'must say who is counted, for example "all" or "team:a"');
  }
  for (const [name, value] of Object.entries(rest)) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value as number >= 0)) {
      throw invalid(`${path}.${name}`, `must be a whole number of 0 or more, not ${JSON.stringify(value)}`);
    }
  }
  if (allowUnknownPrice !== undefined && typeof allowUnknownPrice !== "boolean") {
    throw invalid(`${path}.allowUnknownPrice`, "must be true or false");
  }
  if (budgets === undefined) return;
  if (!Array.isArray(budgets)) {
    throw invalid(`${path}.budgets`, 'must be a list, as in [{ limitUsd: 50, per: "day" }]');
  }
  budgets.forEach((budget, index) => checkBudget(`${path}.budgets[${index}]`, budget));
}

function checkBudget(path: string, given: unknown): void {
  const { limitUsd, per } = objectAt(path, given, ["limitUsd", "per"]);
  if (typeof limitUsd !== "number" || !(limitUsd >= 0 && limitUsd <= maxUsd)) {
    throw invalid(`${path}.limitUsd`, `must be US dollars from 0 to ${Math.floor(maxUsd)}`);
  }
  if (!periods.includes(per as string)) throw invalid(`${path}.per`, `must be one of ${periods.join(", ")}`);
}

function objectAt(path: string, given: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw invalid(path, "must be an object");
  }
  const unknown = Object.keys(given).find((field) => !known.includes(field));
  if (unknown !== undefined) {
    throw invalid(`${path}.${unknown}`, `is not known; fields are ${known.join(", ")}`);
  }
  return given as Readonly<Record<string, unknown>>;
}

function invalid(path: string, problem: string): Error {
  return loomError("config-invalid", `${path} ${problem}`, { path });
}
