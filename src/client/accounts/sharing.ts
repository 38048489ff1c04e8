/** Shares the accounts of a provider with other processes through a store, in the background. */

import type { Clock } from "../../contract/services.ts";
import type { Store } from "../../contract/storage.ts";
import type { Account } from "./account.ts";
import type { Counter } from "./counter.ts";
import type { PatientStore } from "./patient-store.ts";
import { exchangeHealth } from "./stored-health.ts";

export interface Sharing {
  /**
   * To be asked before each call. A promise, of bounded length, when what is known of the others is old, or to take a ticket:
   * a number that no other process gets. `undefined`: the call need not wait, or the store does not answer.
   */
  ready(ticket: boolean): Promise<number | undefined> | undefined;
  /** Something was counted or found out; the store will hear of it. */
  changed(): void;
  /** Tells and asks now. Never fails. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** Between two exchanges with the store while calls run. Without calls there are none. */
const refreshMs = 1000;
/** What a call knows of the others may be this old. */
const staleMs = 5000;
/** How long a call waits for the store at most. */
const callPatienceMs = 100;
/** How long an exchange in the background may take. */
const exchangePatienceMs = 2000;
/** How long counts are kept, so that accounts that are no longer used leave nothing behind. */
const countTtlMs = 30 * 86_400_000;
const recentTtlMs = 2 * 3_600_000;

export function shareAccounts(
  provider: string,
  accounts: readonly Account[],
  store: PatientStore,
  clock: Clock,
): Sharing {
  const path = `accounts/${encodeURIComponent(provider)}`;
  let lastMs = -Infinity;
  let running: Promise<void> | undefined;
  let stopTimer: (() => void) | undefined;
  let closed = false;

  function refresh(): Promise<void> {
    return running ??= exchange().finally(() => {
      running = undefined;
      if (!store.down && accounts.some(({ unsaved }) => unsaved)) schedule();
    });
  }

  async function exchange(): Promise<void> {
    stopTimer?.();
    stopTimer = undefined;
    lastMs = clock.monotonic();
    await store.run(
      (open) => Promise.all(accounts.map((account) => exchangeAccount(open, account))),
      { withinMs: exchangePatienceMs, lateMeansDown: true },
    );
  }

  async function exchangeAccount(open: Store, account: Account): Promise<void> {
    const nowMs = clock.now();
    const own = `${path}/${encodeURIComponent(account.name)}`;
    const { hour, counter } = account.recent(nowMs);
    const tell = (one: Counter, key: string, ttlMs: number) =>
      one.tell((amount) => open.add(`${own}/${key}`, amount, { ttlMs }));
    await Promise.all([
      exchangeHealth(account, open, `${own}/health`, nowMs),
      tell(account.requests, "requests", countTtlMs),
      tell(account.errors, "errors", countTtlMs),
      tell(counter, `recent/${hour}`, recentTtlMs),
    ]);
  }

  /** What others must know goes out at once, the rest with the next exchange. */
  function schedule(): void {
    if (closed || running !== undefined) return;
    const urgent = !store.down && accounts.some(({ unsaved }) => unsaved);
    const waitMs = urgent ? 0 : lastMs + refreshMs - clock.monotonic();
    if (waitMs <= 0) void refresh();
    else stopTimer ??= clock.after(waitMs, () => void refresh(), { background: true });
  }

  async function takeTicket(open: Store): Promise<number> {
    return await open.add(`${path}/turn`, 1, { ttlMs: countTtlMs }) - 1;
  }

  async function wait(old: boolean, ticket: boolean): Promise<number | undefined> {
    const news = old ? refresh() : undefined; // Begun here, and waited for with the same patience.
    const taken = await store.run(
      async (open) => {
        await news;
        return ticket ? await takeTicket(open) : undefined;
      },
      { withinMs: callPatienceMs },
    );
    return taken?.value;
  }

  return {
    ready(ticket) {
      const old = clock.monotonic() - lastMs >= staleMs;
      if (!old) schedule();
      return (old || ticket) && !store.down && !closed ? wait(old, ticket) : undefined;
    },
    changed: schedule,
    refresh,
    async close() {
      closed = true;
      stopTimer?.();
      await running;
      const news = accounts.some(({ unsaved, requests, errors }) =>
        unsaved || requests.hasNews || errors.hasNews
      );
      if (news && !store.down) await refresh();
    },
  };
}
