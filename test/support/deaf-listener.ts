/** A listener whose queue is full: connections to it are neither made nor refused. */

import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";

export interface DeafListener {
  readonly url: string;
  close(): Promise<void>;
}

/** A thread that listens and then sleeps for good, so that nobody takes the connections. */
const thread = `
  const { parentPort } = require("node:worker_threads");
  const server = require("node:net").createServer();
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 20);
  });
`;

export async function startDeafListener(): Promise<DeafListener> {
  const worker = new Worker(thread, { eval: true });
  const port = await new Promise<number>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  await sleep(60);
  const sockets = Array.from({ length: 6 }, () => connect(port, "127.0.0.1").on("error", () => {}));
  await sleep(60);
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await worker.terminate();
    },
  };
}
