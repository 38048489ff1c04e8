/** A relay before a server, for what the server itself does not notice: clients that leave. */

import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Relay {
  /** The server's address, seen through the relay. */
  readonly url: string;
  /** Connections that clients hold now. */
  readonly open: number;
  close(): Promise<void>;
}

export async function startRelay(to: string): Promise<Relay> {
  const { hostname, port, pathname } = new URL(to);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    const behind = connect(Number(port), hostname);
    const end = () => {
      sockets.delete(client);
      client.destroy();
      behind.destroy();
    };
    for (const socket of [client, behind]) socket.on("close", end).on("error", end);
    client.pipe(behind).pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    get open() {
      return sockets.size;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
