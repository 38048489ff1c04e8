/** Hands records to sinks and listeners; a sink that throws is counted and reported, and harms nobody. */

import type { CallRecord, Sink } from "../contract/sink.ts";
import type { EventBus } from "../kernel/index.ts";

export interface NamedSink {
  readonly name: string;
  readonly sink: Sink;
}

export class Sinks {
  readonly #sinks: readonly NamedSink[];
  readonly #events: EventBus;
  /** Records that a sink refused by throwing. */
  dropped = 0;

  constructor(sinks: readonly NamedSink[], events: EventBus) {
    this.#sinks = sinks;
    this.#events = events;
  }

  wanted(): boolean {
    return this.#sinks.length > 0 || this.#events.has("call-end");
  }

  deliver(record: CallRecord): void {
    for (const { name, sink } of this.#sinks) {
      try {
        sink.write(record);
      } catch (error) {
        this.dropped++;
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
