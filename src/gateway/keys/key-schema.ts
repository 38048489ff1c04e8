/** Keys and limits as YAML and JSON write them, in snake_case, and what they are in options. */

import { z } from "zod";
import type { Budget } from "../../contract/index.ts";
import type { KeyOptions, Limits } from "../options.ts";

const whole = z.int("must be a whole number above 0").positive("must be a whole number above 0");
const name = z.string().min(1);

const budgetSchema: z.ZodType<BudgetWritten> = z.strictObject({
  limit: z.number().min(0, "must be an amount from 0 to 1,000,000").max(
    1e6,
    "must be an amount from 0 to 1,000,000",
  )
    .describe("US dollars"),
  per: z.enum(["day", "week", "month", "total"]),
});

interface BudgetWritten {
  readonly limit: number;
  readonly per: Budget["per"];
}

/** What may be used, of whoever it is. */
export interface LimitsWritten {
  readonly rpm?: number | undefined;
  readonly tpm?: number | undefined;
  readonly concurrent?: number | undefined;
  readonly budget_usd?: BudgetWritten | readonly BudgetWritten[] | undefined;
  readonly allow_unknown_price?: boolean | undefined;
}

/** The schemas of a type's fields. */
export type Shape<T> = { readonly [K in keyof T]-?: z.ZodType<T[K]> };

export const limitsShape: Shape<LimitsWritten> = {
  rpm: whole.optional().describe("Requests per minute"),
  tpm: whole.optional().describe("Tokens per minute, input and output together"),
  concurrent: whole.optional().describe("Requests at the same time"),
  budget_usd: z.union([budgetSchema, z.array(budgetSchema)]).optional(),
  allow_unknown_price: z.boolean().optional().describe(
    "Calls of unknown price may be made although there is a budget",
  ),
};

export const limitsSchema: z.ZodType<LimitsWritten> = z.strictObject(limitsShape);

/** Everything of a key but the secret. */
export interface SettingsWritten extends LimitsWritten {
  readonly user?: string | undefined;
  readonly team?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly models?: readonly string[] | undefined;
  readonly expires_at?: string | undefined;
  readonly may_route?: boolean | undefined;
  readonly disabled?: boolean | undefined;
}

export const settingsShape: Shape<SettingsWritten> = {
  user: name.optional(),
  team: name.optional(),
  tags: z.array(name).optional(),
  models: z.array(name).optional().describe("By name or wildcard, such as gpt-* or openai/*"),
  expires_at: name.optional().describe("ISO 8601"),
  may_route: z.boolean().optional().describe("May say with x-loom-provider where a call goes"),
  disabled: z.boolean().optional(),
  ...limitsShape,
};

export interface KeyWritten extends SettingsWritten {
  readonly key?: string | undefined;
  readonly hash?: string | undefined;
  readonly id?: string | undefined;
}

export const keySchema: z.ZodType<KeyWritten> = z.strictObject({
  key: name.optional().describe("The secret, at least 16 characters"),
  hash: name.optional().describe("sha256: and the secret's SHA-256 in hex, in place of the secret"),
  id: name.optional(),
  ...settingsShape,
});

export function limitsOf(written: LimitsWritten): Limits {
  const { rpm, tpm, concurrent, budget_usd, allow_unknown_price } = written;
  return {
    ...(rpm !== undefined && { requestsPerMinute: rpm }),
    ...(tpm !== undefined && { tokensPerMinute: tpm }),
    ...(concurrent !== undefined && { concurrentRequests: concurrent }),
    ...(budget_usd !== undefined && {
      budgets: [budget_usd].flat().map(({ limit, per }) => ({ limitUsd: limit, per })),
    }),
    ...(allow_unknown_price !== undefined && { allowUnknownPrice: allow_unknown_price }),
  };
}

export function settingsOf(written: SettingsWritten): Omit<KeyOptions, "key" | "hash" | "id"> {
  const { user, team, tags, models, expires_at, may_route, disabled } = written;
  return {
    ...(user !== undefined && { user }),
    ...(team !== undefined && { team }),
    ...(tags !== undefined && { tags }),
    ...(models !== undefined && { models }),
    ...(expires_at !== undefined && { expiresAt: expires_at }),
    ...(may_route !== undefined && { mayRoute: may_route }),
    ...(disabled !== undefined && { disabled }),
    ...limitsOf(written),
  };
}

export function keyOf(written: KeyWritten): KeyOptions {
  const { key, hash, id } = written;
  return {
    ...(key !== undefined && { key }),
    ...(hash !== undefined && { hash }),
    ...(id !== undefined && { id }),
    ...settingsOf(written),
  };
}
