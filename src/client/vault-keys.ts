/** What one vault gave, for as long as it may be used: fresh for minutes, stale while the vault is down, never for ever. */

import type { Clock, Logger } from "../contract/services.ts";
import type { Secret, Vault } from "../contract/secret.ts";
import { LoomError } from "../errors/index.ts";
import { hideSecret } from "./secret.ts";

/** How long a key from the vault is used before it is read again, unless the vault says otherwise. */
const defaultTtlMs = 5 * 60_000;
/** How long "there is none" is believed: shortly, so that a key that was just stored is found. */
const missingTtlMs = 30_000;
/** How long after its time a key is still served while the vault cannot be asked. */
const staleMs = 60 * 60_000;
/** A vault that failed is not asked for the same name again any sooner. */
const downPauseMs = 3_000;
/** A vault that does not answer within this time counts as failing. */
const vaultTimeoutMs = 15_000;
/** Who has an old key at hand waits only so long for a new one. */
const patienceMs = 3_000;
/** After a vendor refused a key, the vault is not asked again for the same name any sooner. */
const rejectPauseMs = 10_000;
/** `untilMs` of a key that the vendor refused and that has not been read again yet. */
const refused = -Infinity;

export interface VaultSource {
  /** Opens the vault on first use. */
  readonly open: () => Promise<Vault>;
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The keys of one vault, by name. */
export interface VaultKeys {
  /**
   * What can be said without waiting: a key, stale ones of a vault that is down included, or `null` for "there is none";
   * `undefined`: ask. Who can do `without` the key does not wait for a vault that is down.
   */
  known(name: string, without: boolean): Secret | null | undefined;
  /** Reads it; one reading for all who wait. @throws what the vault threw, when no old key may stand in */
  ask(name: string): Promise<Secret | undefined>;
  /** Says once per outage that the vault was passed over. */
  passedOver(name: string, cause: unknown): void;
  /** A vendor refused the key; true: the next one who asks may get another. */
  reject(name: string): boolean;
}

interface Kept {
  readonly secret: Secret | undefined;
  readonly untilMs: number;
  /** The last moment at which it may stand in for what a failing vault does not give. */
  readonly staleUntilMs: number;
  readonly rejectedAtMs: number | undefined;
  /** After a vendor refused the key before it, the vault gave this one, which is another. */
  readonly renewed: boolean;
}

interface Outage {
  readonly cause: unknown;
  readonly retryAtMs: number;
  readonly reported: boolean;
}

export function createVaultKeys({ open, name: vaultName, clock, logger }: VaultSource): VaultKeys {
  const kept = new Map<string, Kept>();
  const reading = new Map<string, Promise<Secret | undefined>>();
  const outages = new Map<string, Outage>();

  async function openAndRead(name: string, signal: AbortSignal) {
    const vault = await open();
    signal.throwIfAborted();
    return { text: await vault.read(name, signal), ttlMs: vault.ttlMs ?? defaultTtlMs };
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
      const { text, ttlMs } = await Promise.race([openAndRead(name, stop.signal), late]);
      return keep(name, text, ttlMs);
    } catch (cause) {
      if (!isSetupFault(cause)) failed(name, cause);
      throw cause;
    } finally {
      cancelTimer();
    }
  }

  function keep(name: string, text: string | undefined, ttlMs: number): Secret | undefined {
    if (outages.get(name)?.reported) logger.info(`the vault ${vaultName} answers again`, { names: [name] });
    outages.delete(name);
    const secret = text ? hideSecret(text) : undefined;
    const before = kept.get(name);
    const renewed = before?.untilMs === refused ? before.secret?.reveal() !== text : before?.renewed ?? false;
    const untilMs = clock.monotonic() + (secret === undefined ? Math.min(missingTtlMs, ttlMs) : ttlMs);
    const staleUntilMs = secret === undefined ? untilMs : untilMs + staleMs;
    kept.set(name, { secret, untilMs, staleUntilMs, rejectedAtMs: before?.rejectedAtMs, renewed });
    return secret;
  }

  function failed(name: string, cause: unknown): void {
    const now = clock.monotonic();
    const entry = kept.get(name);
    // The one reading that a refusal asks for has been tried; from here on the key is as old as any other.
    if (entry?.untilMs === refused) kept.set(name, { ...entry, untilMs: now });
    const reported = outages.get(name)?.reported ?? false;
    outages.set(name, { cause, retryAtMs: now + downPauseMs, reported });
  }

  function passedOver(name: string, cause: unknown): void {
    const outage = outages.get(name);
    if (outage === undefined || outage.reported) return;
    outages.set(name, { ...outage, reported: true });
    const old = stale(name) !== undefined;
    // A stranger's message may hold what it should not; the class of the error is safe.
    const reason = LoomError.is(cause) ? cause.message : cause instanceof Error ? cause.name : typeof cause;
    logger.warn(
      `the vault ${vaultName} cannot be asked; ${
        old ? "the key read before is used on" : "the call goes on without the key"
      }`,
      { names: [name], reason },
    );
  }

  function stale(name: string): Secret | undefined {
    const entry = kept.get(name);
    return entry !== undefined && entry.staleUntilMs > clock.monotonic() ? entry.secret : undefined;
  }

  /** One reading for all who wait. */
  function read(name: string): Promise<Secret | undefined> {
    let promise = reading.get(name);
    if (promise === undefined) {
      promise = readVault(name).finally(() => reading.delete(name));
      // Who does not wait for it hears of a failure through `outages`.
      promise.catch(() => {});
      reading.set(name, promise);
    }
    return promise;
  }

  function retryIfDue(name: string): void {
    const outage = outages.get(name);
    if (outage !== undefined && outage.retryAtMs <= clock.monotonic()) void read(name);
  }

  async function ask(name: string): Promise<Secret | undefined> {
    const outage = outages.get(name);
    const paused = outage !== undefined && outage.retryAtMs > clock.monotonic();
    const impatient = stale(name) !== undefined && kept.get(name)?.untilMs !== refused;
    try {
      if (paused) throw outage.cause;
      return await (impatient ? withPatience(name) : read(name));
    } catch (cause) {
      const secret = isSetupFault(cause) ? undefined : stale(name);
      if (secret === undefined) throw cause;
      passedOver(name, cause);
      return secret;
    }
  }

  /** Gives up waiting, not reading: what comes late is still kept. */
  async function withPatience(name: string): Promise<Secret | undefined> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const cancelTimer = clock.after(patienceMs, () => {
      const slow = new Error("the vault is slow to answer");
      failed(name, slow);
      reject(slow);
    });
    try {
      return await Promise.race([read(name), late]);
    } finally {
      cancelTimer();
    }
  }

  return {
    known(name, without) {
      const now = clock.monotonic();
      const entry = kept.get(name);
      if (entry !== undefined && entry.untilMs > now) return entry.secret ?? null;
      // What was refused is worth waiting for; everything else goes on with what there is.
      if (!outages.has(name) || entry?.untilMs === refused) return undefined;
      const secret = stale(name);
      if (secret === undefined && !without) return undefined;
      retryIfDue(name);
      return secret ?? null;
    },

    ask,
    passedOver,

    reject(name) {
      const now = clock.monotonic();
      const entry = kept.get(name);
      if (entry?.secret === undefined) return false;
      if (entry.rejectedAtMs !== undefined && now - entry.rejectedAtMs < rejectPauseMs) {
        // Another call was refused just before: what it has the vault read, or had it read, serves this one too.
        return entry.untilMs === refused || entry.renewed;
      }
      kept.set(name, { ...entry, untilMs: refused, rejectedAtMs: now, renewed: false });
      return true;
    },
  };
}

/** A vault that cannot be made is no outage: it will not come back by itself. */
export function isSetupFault(cause: unknown): boolean {
  return LoomError.is(cause, "plugin-invalid", "config-invalid");
}
