/** A key as the admin API shows it: never the secret, never the hash. */

import type { JsonObject } from "../../contract/index.ts";
import { untilMsOf } from "../keys/entry.ts";
import type { FixedKey } from "../keys/fixed-key.ts";
import type { ManagedRow, ManagedSettings } from "../keys/managed-row.ts";

export function shownFixed({ id, source, place, settings }: FixedKey, nowMs: number): JsonObject {
  return { id, source, defined_in: place, status: statusOf(settings, nowMs), ...shownSettings(settings) };
}

export function shownManaged(row: ManagedRow, nowMs: number): JsonObject {
  const { id, digest, oldDigest, oldUntilMs, settings, createdMs, rotatedMs, revokedMs } = row;
  const overlap = oldDigest !== null && oldUntilMs !== null && oldUntilMs > nowMs;
  return {
    id,
    source: "admin",
    status: digest === null ? "revoked" : statusOf(settings, nowMs),
    ...shownSettings(settings),
    created_at: iso(createdMs),
    ...(rotatedMs !== null && { rotated_at: iso(rotatedMs) }),
    ...(overlap && { old_key_until: iso(oldUntilMs) }),
    ...(revokedMs !== null && { revoked_at: iso(revokedMs) }),
  };
}

function statusOf({ disabled, expiresAt }: ManagedSettings, nowMs: number): string {
  if (disabled === true) return "disabled";
  return nowMs >= untilMsOf(expiresAt) ? "expired" : "active";
}

function shownSettings(settings: ManagedSettings): JsonObject {
  const { name, user, team, tags, models, mayRoute, expiresAt, budgets, allowUnknownPrice } = settings;
  const { requestsPerMinute, tokensPerMinute, concurrentRequests } = settings;
  return {
    ...(name !== undefined && { name }),
    ...(user !== undefined && { user }),
    ...(team !== undefined && { team }),
    ...(tags !== undefined && { tags }),
    ...(models !== undefined && { models }),
    ...(mayRoute !== undefined && { may_route: mayRoute }),
    ...(expiresAt !== undefined && { expires_at: expiresAt }),
    ...(requestsPerMinute !== undefined && { rpm: requestsPerMinute }),
    ...(tokensPerMinute !== undefined && { tpm: tokensPerMinute }),
    ...(concurrentRequests !== undefined && { concurrent: concurrentRequests }),
    ...(budgets !== undefined && {
      budget_usd: budgets.map(({ limitUsd, per }) => ({ limit: limitUsd, per })),
    }),
    ...(allowUnknownPrice !== undefined && { allow_unknown_price: allowUnknownPrice }),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
