/** A program that counts in a store, says so, and waits to be killed: `sqlite <file>` or `redis <url> <namespace> <lease ms>`. */

import process from "node:process";
import redis from "../../plugins/stores/redis/index.ts";
import sqlite from "../../plugins/stores/sqlite/index.ts";
import { CLOCK, LOGGER, type Store } from "../../src/plugin.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { optionsOf } from "./options.ts";
import { useOf } from "./use.ts";

const [kind, place, namespace, leaseMs = "60000"] = process.argv.slice(2);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const use = useOf([CLOCK, systemClock], [LOGGER, quiet]);
const store: Store = kind === "sqlite"
  ? await sqlite.make(use, optionsOf(sqlite, { path: place, flushMs: 0 }))
  : await redis.make(use, optionsOf(redis, { url: place, namespace }));

const held = [{ counter: "held", amount: 10, max: 10 }];
const used = [{ counter: "used", amount: 1, max: 1000 }];
await store.hold("dies", held, Number(leaseMs));
for (let index = 0; index < 100; index++) {
  await store.hold(`l${index}`, used, 60_000);
  await store.settle(`l${index}`, used, [3]);
}
await store.set("entry", "kept");
console.log("counted");
setInterval(() => {}, 60_000);
