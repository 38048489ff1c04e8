/** Closes what was opened, last first; one failure does not keep the rest open. */

export interface Closable {
  close?(): Promise<void> | void;
}

export class Disposer {
  #items: Closable[] = [];

  /** Remembers something to close, and gives it back. */
  add<T extends Closable>(item: T): T {
    if (typeof item.close === "function") this.#items.push(item);
    return item;
  }

  /** @throws AggregateError of everything that would not close */
  async close(): Promise<void> {
    const items = this.#items.reverse();
    this.#items = [];
    const faults: unknown[] = [];
    for (const item of items) {
      try {
        await item.close?.();
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) {
      throw new AggregateError(faults, `${faults.length} part(s) of Loom would not close`);
    }
  }
}
