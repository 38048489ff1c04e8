/** Makes principals: who a key stands for, and every allowance it is held to. */

import type { Allowance } from "../../contract/index.ts";
import type { KeyOptions, KeysOptions, Limits, Principal } from "../options.ts";

/** What a key says of its owner; the same for keys, tokens and what the admin made. */
export type KeySettings = Omit<KeyOptions, "key" | "hash" | "id" | "expiresAt" | "disabled">;

/** @param teams all that the owner is in, when it may be more than `settings.team` */
export type MakePrincipal = (id: string, settings: KeySettings, teams?: readonly string[]) => Principal;

/** Counters go by scope, so all keys of a team share the team's. */
export function principalMaker(
  { teams = {}, users = {} }: Pick<KeysOptions, "teams" | "users">,
): MakePrincipal {
  return (id, settings, inTeams) => {
    const { user, team, tags, models, mayRoute } = settings;
    const ofTeams = inTeams ?? (team === undefined ? [] : [team]);
    const allowances = [
      allowance(`key:${id}`, settings),
      user === undefined ? undefined : allowance(`user:${user}`, own(users, user)),
      ...ofTeams.map((name) => allowance(`team:${name}`, own(teams, name))),
    ].filter((one) => one !== undefined);
    return Object.freeze({
      id,
      ...(user !== undefined && { user }),
      ...(team !== undefined && { team }),
      ...(tags !== undefined && { tags: Object.freeze([...tags]) }),
      ...(models !== undefined && { models: Object.freeze([...models]) }),
      mayRoute: mayRoute ?? false,
      allowances: Object.freeze(allowances),
    });
  };
}

/** Everybody, where no keys are configured. */
export const anonymous: Principal = Object.freeze({
  id: "anonymous",
  mayRoute: true,
  allowances: Object.freeze([]),
});

/** `undefined`: nothing is bounded, so nothing has to be counted. */
function allowance(scope: string, limits: Limits | undefined): Allowance | undefined {
  if (limits === undefined) return undefined;
  const { requestsPerMinute, tokensPerMinute, concurrentRequests, budgets = [], allowUnknownPrice } = limits;
  const bounded = requestsPerMinute ?? tokensPerMinute ?? concurrentRequests;
  if (bounded === undefined && budgets.length === 0) return undefined;
  return Object.freeze({
    scope,
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...(tokensPerMinute !== undefined && { tokensPerMinute }),
    ...(concurrentRequests !== undefined && { concurrentRequests }),
    ...(budgets.length > 0 && { budgets: Object.freeze(budgets.map((one) => Object.freeze({ ...one }))) }),
    ...(allowUnknownPrice !== undefined && { allowUnknownPrice }),
  });
}

/** Names come from outside: `__proto__` is nobody's team. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
