/** Finds keys: those given in code, then the environment, then the vault, which may be down for a while. */

import type { Clock, Environment, Keys, Logger } from "../contract/services.ts";
import type { Secret, Vault } from "../contract/secret.ts";
import { loomError } from "../errors/index.ts";
import { abortedError } from "../kernel/index.ts";
import { hideSecret } from "./secret.ts";
import { createVaultKeys, isSetupFault, type VaultKeys } from "./vault-keys.ts";

export interface KeySources {
  readonly apiKeys: Readonly<Record<string, string>>;
  readonly environment: Environment;
  /** Opens the vault on first use; absent when none is configured. */
  readonly vault?: (() => Promise<Vault>) | undefined;
  readonly vaultName?: string | undefined;
  readonly clock: Clock;
  /** Hears once of each outage of the vault that calls survive. */
  readonly logger: Logger;
}

/** The key service of one Loom. Keys from code and environment are wrapped once and then found with one look-up. */
export function createKeys(sources: KeySources): Keys {
  const { apiKeys, environment, clock, logger, vault: open, vaultName = "" } = sources;
  const near = new Map<string, { text: string; secret: Secret }>();
  const vault = open === undefined ? undefined : createVaultKeys({ open, name: vaultName, clock, logger });

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

  async function searchVault(from: VaultKeys, names: readonly string[], want: Want) {
    const { provider, signal, optional = false } = want;
    let failed: { readonly name: string; readonly cause: unknown } | undefined;
    for (const name of names) {
      const known = from.known(name, optional);
      if (known) return known;
      // Who waited once for a vault that is down does not wait again for another name.
      if (known === null || failed !== undefined) continue;
      try {
        const secret = await orAborted(from.ask(name), signal);
        if (secret) return secret;
      } catch (cause) {
        if (signal?.aborted) throw abortedError(signal.reason);
        if (isSetupFault(cause)) throw cause;
        failed = { name, cause };
      }
    }
    if (failed === undefined) return none(names, want);
    const { name, cause } = failed;
    if (optional) return void from.passedOver(name, cause);
    throw loomError("key-missing", `${provider}: the vault could not be asked for ${name}`, {
      names,
      places: places(),
    }, { provider, cause });
  }

  function places(): string[] {
    const found = ["apiKeys", "the environment and .env"];
    if (vault !== undefined) found.push(`the vault ${vaultName}`.trim());
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
      if (vault === undefined) return none(names, want);
      for (const name of names) {
        const secret = vault.known(name, want.optional ?? false);
        if (secret === undefined) return searchVault(vault, names, want);
        if (secret !== null) return secret;
      }
      return none(names, want);
    },

    origin(names) {
      if (names.some((name) => apiKeys[name])) return "code";
      if (names.some((name) => environment.get(name))) return "environment";
      return vault === undefined ? "missing" : "vault";
    },

    reject(names) {
      if (vault === undefined || names.some((name) => nearby(name) !== undefined)) return false;
      return names.map((name) => vault.reject(name)).includes(true);
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
