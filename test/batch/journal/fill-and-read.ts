/** Fills a journal, opens it again, reads each row, and prints how that went. Run by a test with a path and a number of rows. */

import { stat } from "node:fs/promises";
import process from "node:process";
import { okRecord, opened } from "./records.ts";

const [path = "", rows = 0] = [process.argv[2], Number(process.argv[3])];
const text = "An answer of some words. ".repeat(18);
let largest = 0;
const look = (): void => {
  largest = Math.max(largest, process.memoryUsage().arrayBuffers);
};

const filling = await opened(path);
for (let row = 0; row < rows; row++) {
  await filling.append(okRecord(row, text));
  if (row % 1000 === 0) look();
}
await filling.close();

const journal = await opened(path);
look();
let [read, waited] = [0, 0];
for (let row = 0; row < rows; row++) {
  const record = journal.read(row);
  if (record instanceof Promise) waited++;
  if ((await record)?.text === text) read++;
  if (row % 1000 === 0) look();
}
await journal.close();
console.log(read, waited, Math.round((await stat(path)).size / 1e6), Math.round(largest / 1e6));
