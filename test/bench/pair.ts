/**
 * One process of the bench: the yardstick and one subject, in turns, so that nobody else's code and garbage are in the
 * figures. Called by run.ts as `pair.ts <whole|streamed> <index> <port> <quick|full>`; prints JSON.
 */

import process from "node:process";
import type { Loom } from "../../src/index.ts";
import { measure } from "./measure.ts";
import { subjects } from "./subjects.ts";

const [kind, index, port, size] = process.argv.slice(2) as [
  "whole" | "streamed",
  string,
  string,
  "quick" | "full",
];
const { Loom: LoomClass } = await import(new URL("../../dist/src/index.js", import.meta.url).href) as {
  Loom: typeof Loom;
};
const all = subjects(Number(port), LoomClass)[kind];
const [yardstick] = all;
const subject = all[Number(index)];
if (yardstick === undefined || subject === undefined) throw new RangeError(`there is no subject ${index}`);

const quick = size === "quick";
const measured = await measure(
  [yardstick, subject],
  kind === "whole"
    ? { rounds: quick ? 5 : 15, callsPerRound: quick ? 1_000 : 4_000, concurrency: 16 }
    : { rounds: quick ? 3 : 9, callsPerRound: 256, concurrency: 64, unitsPerCall: 50 },
);
console.log(JSON.stringify(measured));
process.exit(0);
