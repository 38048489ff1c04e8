/** Checks what keys, users and teams may use. */

import type { Limits } from "../options.ts";
import type { KeyFault } from "./fault.ts";

export const limitFields: readonly (keyof Limits)[] = [
  "requestsPerMinute",
  "tokensPerMinute",
  "concurrentRequests",
  "budgets",
  "allowUnknownPrice",
];

const periods = ["day", "week", "month", "total"];

export function numberFaults(path: string, limits: Readonly<Record<string, unknown>> | Limits): KeyFault[] {
  const faults: KeyFault[] = [];
  const { budgets, allowUnknownPrice, ...given } = limits as Readonly<Record<string, unknown>>;
  for (const field of ["requestsPerMinute", "tokensPerMinute", "concurrentRequests"]) {
    const value = given[field];
    if (value === undefined || Number.isSafeInteger(value) && (value as number) > 0) continue;
    faults.push({ path: `${path}.${field}`, problem: "must be a whole number above 0" });
  }
  if (allowUnknownPrice !== undefined && typeof allowUnknownPrice !== "boolean") {
    faults.push({ path: `${path}.allowUnknownPrice`, problem: "must be true or false" });
  }
  if (budgets === undefined) return faults;
  if (!Array.isArray(budgets)) {
    return [...faults, { path: `${path}.budgets`, problem: "must be a list of { limitUsd, per }" }];
  }
  return [...faults, ...budgets.flatMap((one, index) => budgetFaults(`${path}.budgets[${index}]`, one))];
}

function budgetFaults(path: string, budget: unknown): KeyFault[] {
  if (typeof budget !== "object" || budget === null) return [{ path, problem: "must be { limitUsd, per }" }];
  const { limitUsd, per, ...rest } = budget as Readonly<Record<string, unknown>>;
  const faults = Object.keys(rest).map((name) => ({
    path: `${path}.${name}`,
    problem: "is not known; fields are limitUsd, per",
  }));
  // Money is counted in whole nano-USD.
  if (typeof limitUsd !== "number" || !(limitUsd >= 0 && limitUsd <= 1e6)) {
    faults.push({ path: `${path}.limitUsd`, problem: "must be an amount from 0 to 1,000,000" });
  }
  if (!periods.includes(per as string)) {
    faults.push({ path: `${path}.per`, problem: `must be one of ${periods.join(", ")}` });
  }
  return faults;
}
