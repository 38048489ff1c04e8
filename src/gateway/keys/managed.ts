/** Keys that are made, changed, rotated and revoked while the gateway runs. */

import type { Clock } from "../../contract/index.ts";
import { type LoomError, loomError } from "../../errors/index.ts";
import { digestBytes, digestOf, newKeyId, newSecret } from "./digest.ts";
import { type KeyEntry, type KeyTable, untilMsOf } from "./entry.ts";
import { isDate } from "./fault.ts";
import type { ManagedRow, ManagedSettings, ManagedStore } from "./managed-row.ts";
import type { MakePrincipal } from "./principal.ts";

/** `undefined` as a value takes a setting away. */
export type SettingsPatch = { readonly [K in keyof ManagedSettings]?: ManagedSettings[K] | undefined };

/** What is told once, and then forgotten. */
export interface NewSecret {
  readonly id: string;
  readonly secret: string;
}

export interface ManagedKeys {
  readonly table: KeyTable;
  readonly rows: ReadonlyMap<string, ManagedRow>;
  /** Takes over what others changed, when there is any such thing. */
  refresh(): void;
  create(settings: ManagedSettings): NewSecret;
  update(id: string, patch: SettingsPatch): void;
  /** The secret so far works for `overlapMs` more; the one before it no longer. */
  rotate(id: string, overlapMs: number): NewSecret;
  revoke(id: string): void;
}

/** What one gateway is meant to hold, revoked keys included; a loop that makes keys has to end somewhere. */
const maxKeys = 100_000;

export function createManaged(
  store: ManagedStore,
  clock: Clock,
  principalOf: MakePrincipal,
): ManagedKeys {
  const table = new Map<string, KeyEntry>();
  const rows = new Map<string, ManagedRow>();

  const take = (row: ManagedRow) => {
    const before = rows.get(row.id);
    for (const digest of [before?.digest, before?.oldDigest]) {
      if (typeof digest === "string") table.delete(digest);
    }
    rows.set(row.id, row);
    if (row.digest === null) return;
    const principal = principalOf(row.id, row.settings);
    const disabled = row.settings.disabled ?? false;
    const untilMs = untilMsOf(row.settings.expiresAt);
    table.set(row.digest, { digest: digestBytes(row.digest), principal, disabled, untilMs });
    if (row.oldDigest === null) return;
    const oldUntilMs = Math.min(untilMs, row.oldUntilMs ?? 0);
    table.set(row.oldDigest, {
      digest: digestBytes(row.oldDigest),
      principal,
      disabled,
      untilMs: oldUntilMs,
    });
  };
  let last = 0;
  const refresh = () => {
    const news = store.news(last);
    for (const row of news.rows) take(row);
    last = news.last;
  };
  const change = (id: string, edit: (row: ManagedRow) => ManagedRow) => {
    store.change(id, (row) => {
      // As the file has it now: another worker may have been faster.
      if (row.revokedMs !== null) throw conflict(`key "${id}" was revoked; make a new one`);
      return edit(row);
    });
    refresh();
  };

  refresh();
  return {
    table,
    rows,
    refresh() {
      if (store.stale(last)) refresh();
    },
    create(settings) {
      if (rows.size >= maxKeys) throw conflict(`there are ${maxKeys} keys already, which is the most`);
      checkExpiry(settings.expiresAt, clock);
      const secret = newSecret();
      const id = newKeyId();
      store.insert({
        id,
        digest: digestOf(secret),
        oldDigest: null,
        oldUntilMs: null,
        settings,
        createdMs: clock.now(),
        rotatedMs: null,
        revokedMs: null,
      });
      refresh();
      return { id, secret };
    },
    update(id, patch) {
      checkExpiry(patch.expiresAt, clock);
      change(id, (row) => ({ ...row, settings: patched(row.settings, patch) }));
    },
    rotate(id, overlapMs) {
      const secret = newSecret();
      change(id, (row) => ({
        ...row,
        digest: digestOf(secret),
        oldDigest: overlapMs > 0 ? row.digest : null,
        oldUntilMs: overlapMs > 0 ? clock.now() + overlapMs : null,
        rotatedMs: clock.now(),
      }));
      return { id, secret };
    },
    revoke(id) {
      change(id, (row) => ({
        ...row,
        digest: null,
        oldDigest: null,
        oldUntilMs: null,
        revokedMs: clock.now(),
      }));
    },
  };
}

function patched(settings: ManagedSettings, patch: SettingsPatch): ManagedSettings {
  const merged = { ...settings, ...patch };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

function checkExpiry(expiresAt: string | undefined, clock: Clock): void {
  if (expiresAt === undefined || isDate(expiresAt) && Date.parse(expiresAt) > clock.now()) return;
  throw loomError("invalid-request", "expires_at must be a date in ISO 8601 that is yet to come", {
    path: "expires_at",
  });
}

/** Good as a request, but not as things are. */
export function conflict(message: string): LoomError<"invalid-request"> {
  return loomError("invalid-request", message, { path: "id" }, { status: 409 });
}
