/** Sends a file as it lies on disk, no faster than the client reads it. */

import { createReadStream } from "node:fs";
import type { Clock } from "../../contract/index.ts";
import type { Headers, HttpExchange } from "../http/exchange.ts";
import type { StoredFile } from "./file-table.ts";

/**
 * @param stalledMs how long a client that does not read is waited for
 * @throws the disk's error, when nothing has gone out yet; later ones break the connection off
 */
export async function sendFile(
  exchange: HttpExchange,
  status: number,
  headers: Headers,
  { filename, bytes }: StoredFile,
  path: string,
  clock: Clock,
  stalledMs: number,
): Promise<void> {
  const stream = createReadStream(path, bytes === 0 ? {} : { end: bytes - 1 });
  let goOn = () => {};
  let isGone = false;
  exchange.onGone(() => {
    isGone = true;
    goOn();
  });
  exchange.onDrain(() => goOn());
  try {
    for await (const piece of stream) {
      if (!exchange.begun) exchange.begin(status, headersOf(headers, filename, bytes));
      if (isGone) return;
      if (exchange.write(piece as Uint8Array)) continue;
      const isLate = await new Promise<boolean>((resolve) => {
        const stopTimer = clock.after(stalledMs, () => resolve(true), { background: true });
        goOn = () => {
          stopTimer();
          resolve(false);
        };
      });
      if (isLate) return exchange.destroy();
    }
    if (exchange.begun) exchange.end();
    else exchange.send(status, headersOf(headers, filename, bytes), "");
  } finally {
    stream.destroy();
  }
}

function headersOf(headers: Headers, filename: string, bytes: number): Headers {
  // Names come from outside; what could end the header is left out.
  const name = filename.replace(/[^\w.() -]/g, "_");
  return {
    ...headers,
    "content-type": "application/octet-stream",
    "content-length": String(bytes),
    "content-disposition": `attachment; filename="${name}"`,
    "x-content-type-options": "nosniff",
  };
}
