/** The event bus: typed, synchronous, and free when nobody listens. A listener that throws harms no call. */

import type { EventListener, Events } from "../contract/events.ts";

export class EventBus {
  #listeners = new Map<keyof Events, Set<EventListener<never>>>();
  readonly #onFault: (error: unknown) => void;

  /** @param onFault told of what a listener threw */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Adds a listener; gives a function that takes it off. */
  on<K extends keyof Events>(type: K, listener: EventListener<K>): () => void {
    let set = this.#listeners.get(type);
    if (set === undefined) this.#listeners.set(type, set = new Set());
    set.add(listener as EventListener<never>);
    return () => {
      set.delete(listener as EventListener<never>);
      if (set.size === 0) this.#listeners.delete(type);
    };
  }

  /** Whether building an event of this type is worth the while. */
  has(type: keyof Events): boolean {
    return this.#listeners.has(type);
  }

  emit<K extends keyof Events>(type: K, data: Events[K], callId: string): void {
    const set = this.#listeners.get(type);
    if (set === undefined) return;
    for (const listener of set) {
      try {
        (listener as EventListener<K>)(data, callId);
      } catch (error) {
        this.#onFault(error);
      }
    }
  }
}
