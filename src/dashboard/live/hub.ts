/** Live rows for all who look: follows the history while anybody does, and tells in small bundles. */

import type { CallFilter, CallHistory, CallRecord } from "../../contract/index.ts";
import { loomError } from "../../errors/index.ts";
import type { DashboardSource } from "../source.ts";
import { type Listener, listener } from "./listener.ts";

export interface LiveHub {
  /**
   * A stream of server-sent events, which ends with the hub, when it is cancelled, or when its reader is too slow.
   *
   * @throws LoomError `overloaded`, when too many listen already; `closed`
   */
  listen(filter: CallFilter): ReadableStream<Uint8Array>;
  close(): void;
  /** How many listen. */
  readonly listening: number;
}

const maxListeners = 50;
/** Between two bundles: short enough to be live, long enough that thousands of calls a second are a few events. */
const tickMs = 250;
/** A comment now and then, so that nothing on the way takes the silence for death. */
const heartbeatMs = 15_000;

export function liveHub(source: DashboardSource): LiveHub {
  const { clock } = source;
  const listeners = new Set<Listener>();
  let followed: CallHistory | undefined;
  let unfollow: (() => void) | undefined;
  let stopTimer: (() => void) | undefined;
  let ticks = 0;
  let closed = false;

  function tell(record: CallRecord): void {
    for (const one of listeners) one.take(record);
  }

  /** The history may be another one since a moment ago: after a reload, or because it was not there before. */
  async function follow(): Promise<void> {
    const history = await source.history().catch(() => undefined);
    if (history === followed || listeners.size === 0) return;
    unfollow?.();
    followed = history;
    unfollow = history?.follow(tell);
  }

  function tick(): void {
    ticks++;
    const beat = ticks % (heartbeatMs / tickMs) === 0;
    for (const one of listeners) one.flush(beat);
    if (listeners.size === 0) return rest();
    void follow();
    stopTimer = clock.after(tickMs, tick, { background: true });
  }

  function rest(): void {
    stopTimer?.();
    unfollow?.();
    [stopTimer, unfollow, followed] = [undefined, undefined, undefined];
  }

  return {
    get listening() {
      return listeners.size;
    },
    listen(filter) {
      if (closed) throw loomError("closed", "this dashboard was closed", {});
      if (listeners.size >= maxListeners) {
        const message = `${maxListeners} pages listen already; close some of them`;
        throw loomError("overloaded", message, {}, { status: 503 });
      }
      const one = listener(filter, () => {
        listeners.delete(one);
        if (listeners.size === 0) rest();
      });
      listeners.add(one);
      void follow();
      stopTimer ??= clock.after(tickMs, tick, { background: true });
      return one.stream;
    },
    close() {
      closed = true;
      for (const one of listeners) one.end();
      rest();
    },
  };
}
