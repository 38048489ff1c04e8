/** Reads a dataset and merges it, and says "bounded" when that took no more memory than the second argument, in bytes. */

import process from "node:process";
import { openDataset } from "../../../../src/batch/dataset/open-dataset.ts";

const [path = "", most = "0"] = process.argv.slice(2);
let peak = 0;
const look = () => peak = Math.max(peak, process.memoryUsage().rss);

const dataset = await openDataset(path);
let rows = 0;
for await (const bunch of dataset.rows()) {
  rows += bunch.length;
  look();
}
await dataset.merge(`${path}.out`, ["llm"], (index) => {
  if (index % 100 === 0) look();
  return { llm: "ok" };
});
console.log(peak <= Number(most) ? "bounded" : `${rows} rows took ${peak} bytes of memory`);
