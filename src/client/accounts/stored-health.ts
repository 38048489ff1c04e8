/** How the health of an account stands in a store: as JSON, trusted only after a look at its shape. */

import type { Store } from "../../contract/storage.ts";
import type { Account, LastError } from "./account.ts";
import { type Health, healthy } from "./health.ts";

/** A refused account that nobody has tried again for so long is taken to be well. */
const forgottenAfterMs = 86_400_000;

/** Tells the store what this process found out, or asks it what others did. */
export async function exchangeHealth(
  account: Account,
  store: Store,
  key: string,
  nowMs: number,
): Promise<void> {
  if (account.unsaved) {
    account.unsaved = false;
    try {
      await write(account, store, key, nowMs);
    } catch (fault) {
      account.unsaved = true;
      throw fault;
    }
    return;
  }
  const { changes } = account;
  const text = await store.get(key);
  // What this process found out meanwhile is newer.
  if (account.changes !== changes) return;
  const { health, lastError } = read(text);
  account.learn(health, lastError);
}

function write(
  { health, lastError }: Account,
  store: Store,
  key: string,
  nowMs: number,
): Promise<void> {
  if (health.status === "healthy") return store.delete(key);
  const outMs = Math.max(1, health.untilMs - nowMs);
  const ttlMs = health.status === "unhealthy" ? outMs + forgottenAfterMs : outMs;
  return store.set(key, JSON.stringify({ health, lastError }), { ttlMs });
}

interface Found {
  readonly health: Health;
  readonly lastError: LastError | undefined;
}

const nothing: Found = { health: healthy, lastError: undefined };

function read(text: string | undefined): Found {
  if (text === undefined) return nothing;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return nothing; // broken off or foreign: the same as absent
  }
  const { health, lastError } = (value ?? {}) as { readonly health?: unknown; readonly lastError?: unknown };
  if (!isHealth(health)) return nothing;
  return { health, lastError: isLastError(lastError) ? lastError : undefined };
}

function isHealth(value: unknown): value is Health {
  const { status, untilMs, code } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return (status === "quota-exceeded" || status === "unhealthy") && typeof untilMs === "number" &&
    (code === undefined || typeof code === "string");
}

function isLastError(value: unknown): value is LastError {
  const { code, message, atMs } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof code === "string" && typeof message === "string" && typeof atMs === "number";
}
