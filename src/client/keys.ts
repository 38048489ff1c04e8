/** Finds keys: those given in code, then the environment, then the vault, whose answers are kept for five minutes. */

import type { Clock, Environment, Keys } from "../contract/services.ts";
import type { Secret, Vault } from "../contract/secret.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { abortedError } from "../kernel/index.ts";
import { hideSecret } from "./secret.ts";

/** How long a key from the vault is used before it is read again. */
const vaultTtlMs = 5 * 60_000;
/** A vault that does not answer within this time counts as failing. */
const vaultTimeoutMs = 15_000;
/** After a vendor refused a key, the vault is not asked again for the same name any sooner. */
const rejectPauseMs = 10_000;
/** `untilMs` of a key that the vendor refused and that has not been read again yet. */
const refused = -Infinity;

export interface KeySources {
  readonly apiKeys: Readonly<Record<string, string>>;
  readonly environment: Environment;
  /** Opens the vault on first use; absent when none is configured. */
  readonly vault?: (() => Promise<Vault>) | undefined;
  readonly vaultName?: string | undefined;
  readonly clock: Clock;
}

interface Kept {
  readonly secret: Secret | undefined;
  readonly untilMs: number;
  readonly rejectedAtMs: number | undefined;
  /** After a vendor refused the key before it, the vault gave this one, which is another. */
  readonly renewed: boolean;
}

/** The key service of one Loom. Keys from code and environment are wrapped once and then found with one look-up. */
export function createKeys(sources: KeySources): Keys {
  const { apiKeys, environment, clock } = sources;
  const near = new Map<string, { text: string; secret: Secret }>();
  const kept = new Map<string, Kept>();
  const reading = new Map<string, Promise<Secret | undefined>>();

  /** From code or environment. The environment may change while the program runs, so it is asked each time. */
  function nearby(name: string): Secret | undefined {
    const text = apiKeys[name] || environment.get(name);
    if (!text) return undefined;
    const known = near.get(name);
    if (known?.text === text) return known.secret;
    const secret = hideSecret(text);
    near.set(name, { text, secret });
    return secret;
  }

  async function readVault(name: string): Promise<Secret | undefined> {
    const stop = new AbortController();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const cancelTimer = clock.after(vaultTimeoutMs, () => {
      const reason = new Error("the vault did not answer in time");
      stop.abort(reason);
      reject(reason);
    });
    try {
      const text = await Promise.race([openAndRead(name, stop.signal), late]);
      const secret = text ? hideSecret(text) : undefined;
      const before = kept.get(name);
      const renewed = before?.untilMs === refused
        ? before.secret?.reveal() !== text
        : before?.renewed ?? false;
      const untilMs = clock.monotonic() + vaultTtlMs;
      kept.set(name, { secret, untilMs, rejectedAtMs: before?.rejectedAtMs, renewed });
      return secret;
    } finally {
      cancelTimer();
    }
  }

  async function openAndRead(name: string, signal: AbortSignal): Promise<string | undefined> {
    const vault = await sources.vault?.();
    signal.throwIfAborted();
    return await vault?.read(name, signal);
  }

  /** What is kept of a name: a secret, or `null` when the vault is known to have none; `undefined` when it must be asked. */
  function fresh(name: string): Secret | null | undefined {
    const entry = kept.get(name);
    if (entry === undefined || entry.untilMs <= clock.monotonic()) return undefined;
    return entry.secret ?? null;
  }

  /** One reading for all who wait. */
  function fromVault(name: string): Promise<Secret | undefined> {
    let promise = reading.get(name);
    if (promise === undefined) {
      promise = readVault(name).finally(() => reading.delete(name));
      reading.set(name, promise);
    }
    return promise;
  }

  async function searchVault(names: readonly string[], want: Want): Promise<Secret | undefined> {
    const { provider, signal } = want;
    for (const name of names) {
      try {
        const known = fresh(name);
        const secret = known === undefined ? await orAborted(fromVault(name), signal) : known;
        if (secret) return secret;
      } catch (cause) {
        if (signal?.aborted) throw abortedError(signal.reason);
        if (LoomError.is(cause, "plugin-invalid", "config-invalid")) throw cause;
        throw loomError("key-missing", `${provider}: the vault could not be asked for ${name}`, {
          names,
          places: places(),
        }, { provider, cause });
      }
    }
    return none(names, want);
  }

  function places(): string[] {
    const found = ["apiKeys", "the environment and .env"];
    if (sources.vault !== undefined) found.push(`the vault ${sources.vaultName ?? ""}`.trim());
    return found;
  }

  function none(names: readonly string[], { provider, optional }: Want): undefined {
    if (optional) return undefined;
    throw loomError(
      "key-missing",
      `${provider} needs a key: set ${names.join(" or ")} (looked in ${places().join(", then ")})`,
      { names, places: places() },
      { provider },
    );
  }

  return {
    find(names, want) {
      for (const name of names) {
        const secret = nearby(name);
        if (secret !== undefined) return secret;
      }
      if (sources.vault === undefined) return none(names, want);
      for (const name of names) {
        const secret = fresh(name);
        if (secret === undefined) return searchVault(names, want);
        if (secret !== null) return secret;
      }
      return none(names, want);
    },

    origin(names) {
      if (names.some((name) => apiKeys[name])) return "code";
      if (names.some((name) => environment.get(name))) return "environment";
      return sources.vault === undefined ? "missing" : "vault";
    },

    reject(names) {
      if (names.some((name) => nearby(name) !== undefined)) return false;
      const now = clock.monotonic();
      let again = false;
      for (const name of names) {
        const entry = kept.get(name);
        if (entry?.secret === undefined) continue;
        if (entry.rejectedAtMs !== undefined && now - entry.rejectedAtMs < rejectPauseMs) {
          // Another call was refused just before: what it has the vault read, or had it read, serves this one too.
          again ||= entry.untilMs === refused || entry.renewed;
          continue;
        }
        kept.set(name, { secret: entry.secret, untilMs: refused, rejectedAtMs: now, renewed: false });
        again = true;
      }
      return again;
    },
  };
}

type Want = Parameters<Keys["find"]>[1];

/** Settles as the promise does, or rejects when the caller leaves first; the reading goes on for those who still wait. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
