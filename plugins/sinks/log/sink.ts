/** Writes lines to a stream that may be slow, gone or stuck, without ever holding up a call or growing without bound. */

import type { CallRecord, Clock, Sink } from "../../../src/plugin.ts";

/** Where lines go. */
export interface LineWriter {
  /** Takes text; `done` is called once when it is through, or will never be. `false`: wait for `drained` before the next. */
  write(text: string, done: () => void): boolean;
  /** Sets what to call whenever the writer takes more. */
  onDrained(listener: () => void): void;
  /** Takes the listeners off. */
  release(): void;
}

/** Lines held for a stream that is backed up; more are dropped and counted. */
const maxHeld = 1000;

/** How long `flush` waits for a stream that takes nothing. */
const flushTimeoutMs = 2000;

/** A sink that writes `line(record)` for each call. */
export function logSink(writer: LineWriter, clock: Clock, line: (record: CallRecord) => string): Sink {
  const held: string[] = [];
  /** Of these, those nobody was told of yet. */
  let [dropped, untold] = [0, 0];
  /** Lines given to the writer that are not through yet. */
  let underway = 0;
  let backedUp = false;
  let closed: Promise<void> | undefined;
  const waiting = new Set<() => void>();

  writer.onDrained(() => {
    backedUp = false;
    while (!backedUp) {
      const next = held.shift();
      if (next === undefined) break;
      send(next);
    }
    if (!backedUp && untold > 0) {
      const count = untold;
      untold = 0;
      send(`loom: the log was backed up; ${count} line${count === 1 ? " was" : "s were"} dropped`);
    }
    settle();
  });

  function send(text: string): void {
    underway++;
    backedUp = !writer.write(text + "\n", () => {
      underway--;
      settle();
    });
  }

  function settle(): void {
    if (underway > 0 || held.length > 0) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  }

  function flush(): Promise<void> {
    if (underway === 0 && held.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const through = () => {
        giveUp();
        waiting.delete(through);
        resolve();
      };
      const giveUp = clock.after(flushTimeoutMs, through);
      waiting.add(through);
    });
  }

  return {
    write(record) {
      if (closed !== undefined) return;
      if (!backedUp) send(line(record));
      else if (held.length < maxHeld) held.push(line(record));
      else {
        dropped++;
        untold++;
      }
    },
    flush,
    get dropped() {
      return dropped;
    },
    close: () => closed ??= flush().then(() => writer.release()),
  };
}

/** The part of a Node stream that is needed. */
export interface OutputStream {
  write(text: string, done: () => void): boolean;
  on(event: "drain" | "error", listener: () => void): unknown;
  off(event: "drain" | "error", listener: () => void): unknown;
}

/** Lines to a stream of the process. Once it is broken (its reader is gone), lines go nowhere, and nobody is harmed. */
export function streamWriter(stream: OutputStream): LineWriter {
  let broken = false;
  let drained = () => {};
  const onDrain = () => drained();
  const onError = () => {
    broken = true;
    drained();
  };
  stream.on("drain", onDrain);
  stream.on("error", onError);
  return {
    write(text, done) {
      if (!broken) return stream.write(text, done);
      queueMicrotask(done);
      return true;
    },
    onDrained: (listener) => void (drained = listener),
    release() {
      stream.off("drain", onDrain);
      // A broken stream goes on telling of its fault; without a listener that would end the process.
      if (!broken) stream.off("error", onError);
    },
  };
}
