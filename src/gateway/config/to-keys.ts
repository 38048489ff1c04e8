/** The block `keys` as options. */

import { keyOf, limitsOf, type LimitsWritten } from "../keys/key-schema.ts";
import type { JwtOptions, KeysOptions, Limits } from "../options.ts";
import type { KeysBlockWritten, KeysWritten } from "./server-schema.ts";
import { defined } from "./values.ts";

/** @param path makes the path of a file absolute */
export function keysOf(written: KeysWritten, path: (file: string) => string): KeysOptions {
  const { list, file, jwt, teams, users } = blockOf(written);
  return defined({
    list: list?.map(keyOf),
    file: file === undefined ? undefined : path(file),
    jwt: jwt === undefined ? undefined : jwtOf(jwt),
    teams: teams && recordOf(teams),
    users: users && recordOf(users),
  });
}

export function blockOf(written: KeysWritten): KeysBlockWritten {
  return isList(written) ? { list: written } : written;
}

export function isList<T>(written: readonly T[] | object): written is readonly T[] {
  return Array.isArray(written);
}

function jwtOf(written: NonNullable<KeysBlockWritten["jwt"]>): JwtOptions {
  const { issuer, audience, jwks_url, user_claim, team_claim, limits, models } = written;
  return {
    issuer,
    audience,
    ...defined({
      jwksUrl: jwks_url,
      userClaim: user_claim,
      teamClaim: team_claim,
      limits: limits && limitsOf(limits),
      models,
    }),
  };
}

function recordOf(written: Readonly<Record<string, LimitsWritten>>): Readonly<Record<string, Limits>> {
  return Object.fromEntries(Object.entries(written).map(([name, limits]) => [name, limitsOf(limits)]));
}
