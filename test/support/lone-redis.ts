/** A program that uses the redis cache and ends without closing it: `<redis url> <close|leave>`. Prints what it read. */

import process from "node:process";
import redis from "../../plugins/caches/redis/index.ts";
import { CLOCK, LOGGER } from "../../src/plugin.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { optionsOf } from "./options.ts";
import { useOf } from "./use.ts";

const [url, ending] = process.argv.slice(2);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const cache = await redis.make(useOf([CLOCK, systemClock], [LOGGER, quiet]), optionsOf(redis, { url }));
const target = { provider: "acme", modality: "text", model: "m1", upstreamModel: "m1" } as const;
try {
  await cache.set("lone", { target, parts: [], nanoUsd: null, callId: "c", storedAtMs: 1 });
  console.log(`read ${(await cache.get("lone"))?.callId}`);
} catch (error) {
  console.log(`failed ${(error as { code?: string }).code}`);
}
if (ending === "close") await cache.close?.();
