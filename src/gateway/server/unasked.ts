/** Connections over which nothing was asked yet: made ahead of need, or still agreeing on their encryption. */

import type { Server } from "node:http";
import type { Socket } from "node:net";

export interface Unasked {
  /** A request came over this connection. */
  asked(socket: Socket): void;
  /** Cuts those that are left: to node:http they are not idle, since it waits for what they are going to ask. */
  cut(): void;
}

export function watchUnasked(server: Server, secure: boolean): Unasked {
  const unasked = new Set<Socket>();
  const add = (socket: Socket) => {
    unasked.add(socket);
    socket.once("close", () => unasked.delete(socket));
  };
  const agreeing = new Map<string, Socket>();
  if (secure) {
    server.on("connection", (socket: Socket) => {
      const place = placeOf(socket);
      agreeing.set(place, socket);
      socket.once("close", () => {
        if (agreeing.get(place) === socket) agreeing.delete(place);
      });
    });
    server.on("secureConnection", (socket: Socket) => {
      agreeing.delete(placeOf(socket));
      add(socket);
    });
  } else server.on("connection", add);
  return {
    asked(socket) {
      if (unasked.size > 0) unasked.delete(socket);
    },
    cut() {
      for (const socket of [...unasked, ...agreeing.values()]) socket.destroy();
    },
  };
}

/** What a connection and its encrypted side have in common. */
function placeOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
