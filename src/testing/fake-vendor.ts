/** A vendor on a loopback port that does what a test scripts: answers, streams, stalls, breaks and lies. */

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Json } from "../contract/json.ts";
import { behave } from "./vendor-behaviours.ts";
import { type Behaviour, cut, cutByScript, type VendorRequest } from "./vendor-wire.ts";

export interface FakeVendor {
  /** Base URL without a slash at the end, such as `http://127.0.0.1:41237/v1`. */
  readonly url: string;
  /** Everything that arrived, in order. */
  readonly requests: readonly VendorRequest[];
  /** How many requests the client left before their answer was complete; cuts by the script do not count. */
  readonly abandoned: number;
  /** Queues what the next requests get, one each. With an empty queue a request gets `behave.answer()`. */
  script(...behaviours: readonly Behaviour[]): void;
  /** Ends every connection, running behaviours included. */
  close(): Promise<void>;
}

/**
 * Starts a vendor that speaks OpenAI's chat completions and embeddings.
 *
 * @example
 * ```ts
 * import { behave, startFakeVendor } from "loom-router/testing";
 * const vendor = await startFakeVendor();
 * vendor.script(behave.status(429, { error: { message: "slow down" } }, { "retry-after": "1" }));
 * const first = await fetch(`${vendor.url}/chat/completions`, { method: "POST", body: "{}" });
 * console.log(first.status, vendor.requests.length); // 429 1
 * await first.body?.cancel();
 * await vendor.close();
 * ```
 */
export async function startFakeVendor(): Promise<FakeVendor> {
  const requests: VendorRequest[] = [];
  const queue: Behaviour[] = [];
  let abandoned = 0;
  const server = createServer((incoming, response) => {
    response.on("close", () => {
      if (!response.writableFinished && !cutByScript.has(response)) abandoned++;
    });
    response.on("error", () => response.destroy());
    read(incoming).then(async (request) => {
      requests.push(request);
      await (queue.shift() ?? behave.answer())(response, request);
    }).catch(() => cut(response));
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    get abandoned() {
      return abandoned;
    },
    script: (...behaviours) => void queue.push(...behaviours),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(incoming: IncomingMessage): Promise<VendorRequest> {
  let text = "";
  incoming.setEncoding("utf8");
  for await (const piece of incoming) text += piece;
  const { method = "", url: path = "", headers } = incoming;
  return { method, path, headers: { ...headers }, body: text === "" ? undefined : parsed(text) };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text; // A test may well send something else on purpose; it then sees the text it sent.
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("fake vendor: no port"));
      else resolve(address.port);
    });
  });
}
