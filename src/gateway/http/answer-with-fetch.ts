/** Lets a web-standard handler answer an exchange: pages that are served beside the gateway's own answers. */

import type { Headers, HttpExchange } from "./exchange.ts";

/** What such a handler may want to know of a request; it is not given bodies. */
const passedOn = ["authorization", "if-none-match", "sec-fetch-site", "accept"];

/** @param exchange must be a request without a body, which is not read */
export async function answerWithFetch(
  exchange: HttpExchange,
  handler: (request: Request) => Promise<Response>,
): Promise<void> {
  const gone = new AbortController();
  exchange.onGone(() => gone.abort());
  const headers: [string, string][] = passedOn.flatMap((name) => {
    const value = exchange.header(name);
    return value === undefined ? [] : [[name, value]];
  });
  const { method, path, query } = exchange;
  const url = `http://localhost${path}${query === "" ? "" : `?${query}`}`;
  const response = await handler(new Request(url, { method, headers, signal: gone.signal }));
  const answered: Headers = Object.fromEntries(response.headers);
  const streamed = answered["content-type"] === "text/event-stream";
  if (response.body !== null && streamed) {
    exchange.begin(response.status, answered);
    return await pump(exchange, response.body, gone.signal);
  }
  exchange.send(response.status, answered, new Uint8Array(await response.arrayBuffer()));
}

/** No faster than the client reads; a stream that breaks off breaks the connection. */
async function pump(
  exchange: HttpExchange,
  body: ReadableStream<Uint8Array>,
  gone: AbortSignal,
): Promise<void> {
  const reader = body.getReader();
  let drained = () => {};
  exchange.onDrain(() => drained());
  // Whoever waits for a client that has gone would wait forever.
  gone.addEventListener("abort", () => {
    reader.cancel().catch(() => {});
    drained();
  }, { once: true });
  try {
    while (!gone.aborted) {
      const { done, value } = await reader.read();
      if (done) return exchange.end();
      if (exchange.write(value) || gone.aborted) continue;
      await new Promise<void>((resolve) => drained = resolve);
    }
  } catch {
    // Its maker has given it up, which the client must not take for its end.
    exchange.destroy();
  }
}
