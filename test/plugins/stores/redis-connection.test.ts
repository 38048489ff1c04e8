/** The connection to Redis where its timing matters: a client whose socket is still being made is not let go of. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openConnection as cacheConnection } from "../../../plugins/caches/redis/connection.ts";
import { openConnection as storeConnection } from "../../../plugins/stores/redis/connection.ts";
import type { Clock } from "../../../src/plugin.ts";
import { fakeClock } from "../../../src/testing.ts";

/** A client whose connections stand when the test says so. */
function clientByHand() {
  const listeners: Record<string, (error?: unknown) => void> = {};
  const seen = { connects: 0, destroyedWithoutSocket: 0, destroyed: 0 };
  let socket = false;
  let ready = (): void => {};
  const client = {
    isOpen: false,
    isReady: false,
    connect: () => {
      seen.connects++;
      client.isOpen = true;
      return new Promise<void>((resolve) => {
        ready = () => {
          client.isReady = true;
          resolve();
        };
      });
    },
    destroy: () => {
      seen.destroyed++;
      if (!socket) seen.destroyedWithoutSocket++;
      client.isOpen = client.isReady = socket = false;
    },
    unref: () => {},
    on: (event: string, listener: (error?: unknown) => void) => listeners[event] = listener,
  };
  const stand = () => {
    socket = true;
    listeners.connect?.();
    ready();
  };
  return { client, seen, stand };
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const limits = { connectTimeoutMs: 2000, commandTimeoutMs: 1000 };
const open = (kind: "store" | "cache", client: ReturnType<typeof clientByHand>["client"], clock: Clock) =>
  kind === "store" ? storeConnection(client, clock, limits) : cacheConnection(client, clock, silent, limits);
const never = () => new Promise<never>(() => {});

describe("connection to redis", () => {
  for (const kind of ["store", "cache"] as const) {
    test(`closed at any moment while its connection comes to stand, the ${kind} keeps none`, async () => {
      for (let turns = 0; turns < 8; turns++) {
        const clock = fakeClock();
        const { client, seen, stand } = clientByHand();
        const connection = open(kind, client, clock);
        stand();
        for (let turn = 0; turn < turns; turn++) await undefined;
        connection.close();
        await clock.advance(0);
        assert.equal(seen.destroyed, 1, `closed after ${turns} turns`);
      }
    });

    test(`an operation of the ${kind} that is late leaves the next connection alone`, async () => {
      const clock = fakeClock();
      const { client, seen, stand } = clientByHand();
      const connection = open(kind, client, clock);
      stand();
      await clock.advance(0);
      const first = assert.rejects(connection.run(never), /no answer within 1000 ms/);
      await clock.advance(500);
      const second = assert.rejects(connection.run(never), /cannot be reached/);
      await clock.advance(500);
      await first;
      assert.equal(seen.destroyed, 1, "the connection that hangs is let go of");
      await clock.advance(200);
      const third = connection.run(() => Promise.resolve("works"));
      assert.equal(seen.connects, 2);
      await clock.advance(300);
      await second;
      assert.equal(seen.destroyedWithoutSocket, 0, "destroyed while its socket was being made");
      stand();
      assert.equal(await third, "works");
      connection.close();
      assert.equal(seen.destroyed, 2);
    });
  }
});
