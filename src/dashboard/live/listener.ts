/** One who looks at live rows: what waits for it is bounded, and who reads too slowly is let go. */

import type { CallFilter, CallRecord } from "../../contract/index.ts";
import { loomError } from "../../errors/index.ts";
import { passesFilter } from "../../util/call-dimensions.ts";
import { movesOf } from "../api/recent-moves.ts";
import { shownRow } from "../api/shown.ts";

export interface Listener {
  readonly stream: ReadableStream<Uint8Array>;
  take(record: CallRecord): void;
  /** Sends what came since the last time. */
  flush(heartbeat: boolean): void;
  end(): void;
}

/** Rows of one bundle; of more than these the newest are sent, and the others counted. */
const maxRows = 50;
/** What may wait unread, beside one event. */
const maxWaitingBytes = 512 * 1024;

const encoder = new TextEncoder();

/** @param gone told once, however it ends */
export function listener(filter: CallFilter, gone: () => void): Listener {
  let rows: CallRecord[] = [];
  let skipped = 0;
  let ended = false;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const unfiltered = Object.keys(filter).length === 0;

  const leave = () => {
    if (ended) return false;
    ended = true;
    rows = [];
    gone();
    return true;
  };

  const stream = new ReadableStream<Uint8Array>({
    start(made) {
      controller = made;
      send("retry: 2000\n: live\n\n");
    },
    cancel: () => void leave(),
  }, { highWaterMark: maxWaitingBytes, size: (piece) => piece?.byteLength ?? 0 });

  function send(text: string): void {
    if (ended || controller === undefined) return;
    if ((controller.desiredSize ?? 0) > 0) return controller.enqueue(encoder.encode(text));
    // What waits is thrown away with the stream; the page connects anew and reads what it missed from the log.
    if (leave()) controller.error(loomError("aborted", "read too slowly", {}));
  }

  return {
    stream,
    take(record) {
      if (ended || !unfiltered && !passesFilter(record, filter)) return;
      if (rows.length >= maxRows) {
        rows.shift();
        skipped++;
      }
      rows.push(record);
    },
    flush(heartbeat) {
      if (rows.length > 0) {
        const calls = rows.map(shownRow);
        const moves = rows.flatMap(movesOf);
        send(`event: calls\ndata: ${JSON.stringify({ calls, moves, skipped })}\n\n`);
        rows = [];
        skipped = 0;
      } else if (heartbeat) send(": heartbeat\n\n");
    },
    end() {
      if (leave()) controller?.close();
    },
  };
}
