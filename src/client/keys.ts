/** Finds keys: those given in code, then the environment, then the vault, whose answers are kept for five minutes. */

import type { Clock, Environment, Keys } from "../contract/services.ts";
import type { Secret, Vault } from "../contract/secret.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { hideSecret } from "./secret.ts";

/** How long a key from the vault is used before it is read again. */
const vaultTtlMs = 5 * 60_000;
/** A vault that does not answer within this time counts as failing. */
const vaultTimeoutMs = 15_000;
/** After a vendor refused a key, the vault is not asked again for the same name any sooner. */
const rejectPauseMs = 10_000;

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
    if (text === undefined) return undefined;
    const known = near.get(name);
    if (known?.text === text) return known.secret;
    const secret = hideSecret(text);
    near.set(name, { text, secret });
    return secret;
  }

  async function readVault(name: string): Promise<Secret | undefined> {
    const stop = new AbortController();
    const cancelTimer = clock.after(
      vaultTimeoutMs,
      () => stop.abort(new Error("the vault did not answer in time")),
    );
    try {
      const vault = await sources.vault?.();
      const late = new Promise<never>((_, reject) => {
        stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true });
      });
      const text = await Promise.race([vault?.read(name, stop.signal), late]);
      const secret = text === undefined || text === "" ? undefined : hideSecret(text);
      const rejectedAtMs = kept.get(name)?.rejectedAtMs;
      kept.set(name, { secret, untilMs: clock.monotonic() + vaultTtlMs, rejectedAtMs });
      return secret;
    } finally {
      cancelTimer();
      reading.delete(name);
    }
  }

  function fromVault(name: string): Secret | undefined | Promise<Secret | undefined> {
    const entry = kept.get(name);
    if (entry !== undefined && entry.untilMs > clock.monotonic()) return entry.secret;
    let promise = reading.get(name);
    if (promise === undefined) reading.set(name, promise = readVault(name));
    return promise;
  }

  async function searchVault(
    names: readonly string[],
    provider: string,
    optional: boolean,
  ): Promise<Secret | undefined> {
    for (const name of names) {
      try {
        const secret = await fromVault(name);
        if (secret !== undefined) return secret;
      } catch (cause) {
        if (LoomError.is(cause, "plugin-invalid", "config-invalid")) throw cause;
        throw loomError("key-missing", `${provider}: the vault could not be asked for ${name}`, {
          names,
          places: places(),
        }, { provider, cause });
      }
    }
    return optional ? undefined : missing(names, provider);
  }

  function places(): string[] {
    const found = ["apiKeys", "the environment and .env"];
    if (sources.vault !== undefined) found.push(`the vault ${sources.vaultName ?? ""}`.trim());
    return found;
  }

  function missing(names: readonly string[], provider: string): never {
    throw loomError(
      "key-missing",
      `${provider} needs a key: set ${names.join(" or ")} (looked in ${places().join(", then ")})`,
      { names, places: places() },
      { provider },
    );
  }

  return {
    find(names, { provider, optional = false }) {
      for (const name of names) {
        const secret = nearby(name);
        if (secret !== undefined) return secret;
      }
      if (sources.vault !== undefined) return searchVault(names, provider, optional);
      return optional ? undefined : missing(names, provider);
    },

    origin(names) {
      if (names.some((name) => apiKeys[name])) return "code";
      if (names.some((name) => environment.get(name) !== undefined)) return "environment";
      return sources.vault === undefined ? "missing" : "vault";
    },

    reject(names) {
      if (names.some((name) => nearby(name) !== undefined)) return false;
      let again = false;
      for (const name of names) {
        const entry = kept.get(name);
        if (entry?.secret === undefined) continue;
        const now = clock.monotonic();
        if (entry.rejectedAtMs !== undefined && now - entry.rejectedAtMs < rejectPauseMs) continue;
        kept.set(name, { secret: entry.secret, untilMs: -Infinity, rejectedAtMs: now });
        again = true;
      }
      return again;
    },
  };
}
