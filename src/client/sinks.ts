/** Hands records to sinks and listeners; a sink that throws is counted and reported, and harms nobody. */

import type { CallHistory } from "../contract/history.ts";
import type { CallRecord, Sink } from "../contract/sink.ts";
import type { EventBus } from "../kernel/index.ts";

export interface NamedSink {
  readonly name: string;
  readonly sink: Sink;
}

/** What one sink let go of: it threw, could not keep up, or had nowhere to put it. */
export interface DroppedRecords {
  /** Sinks of one name are counted together. */
  readonly name: string;
  readonly dropped: number;
}

export class Sinks {
  readonly #sinks: readonly NamedSink[];
  readonly #events: EventBus;
  /** What each sink refused by throwing. */
  readonly #thrown: number[];
  readonly #shaped: (record: CallRecord) => CallRecord;

  /** @param shaped what sinks get of a record; listeners get it whole */
  constructor(
    sinks: readonly NamedSink[],
    events: EventBus,
    shaped: (record: CallRecord) => CallRecord = (record) => record,
  ) {
    this.#sinks = sinks;
    this.#events = events;
    this.#thrown = sinks.map(() => 0);
    this.#shaped = shaped;
  }

  /** Every sink, in the order of the options, whether or not it dropped anything. */
  dropped(): readonly DroppedRecords[] {
    const counts = new Map<string, number>();
    for (const [index, { name, sink }] of this.#sinks.entries()) {
      const dropped = (this.#thrown[index] ?? 0) + (sink.dropped ?? 0);
      counts.set(name, (counts.get(name) ?? 0) + dropped);
    }
    return [...counts].map(([name, dropped]) => ({ name, dropped }));
  }

  wanted(): boolean {
    return this.#sinks.length > 0 || this.#events.has("call-end");
  }

  /** That of the first sink that can be asked for what was written. */
  get history(): CallHistory | undefined {
    return this.#sinks.find(({ sink }) => sink.history !== undefined)?.sink.history;
  }

  deliver(record: CallRecord): void {
    const kept = this.#sinks.length === 0 ? record : this.#shaped(record);
    for (let index = 0; index < this.#sinks.length; index++) {
      const { name, sink } = this.#sinks[index] as NamedSink;
      try {
        sink.write(kept);
      } catch (error) {
        this.#thrown[index] = (this.#thrown[index] ?? 0) + 1;
        this.#events.emit("sink-error", { sink: name, error }, record.callId);
      }
    }
    this.#events.emit("call-end", record, record.callId);
  }

  /** Settles when everything written so far is safe. @throws AggregateError of what would not flush */
  async flush(): Promise<void> {
    const settled = await Promise.allSettled(this.#sinks.map(({ sink }) => sink.flush?.()));
    const faults = settled.filter((one) => one.status === "rejected").map((one) => one.reason);
    if (faults.length > 0) throw new AggregateError(faults, "some sinks would not flush");
  }
}
