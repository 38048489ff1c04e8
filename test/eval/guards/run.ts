/** Prints what the guards are worth: `npm run eval:guards`, with `--tune` the faults on the half they may be improved on. */

import process from "node:process";
import { measured } from "./guards.ts";
import type { Score } from "./score.ts";
import { microsPerKb, timedTexts } from "./timing.ts";

const half = process.argv.includes("--tune") ? "tune" : "test";
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const guards = await measured();

console.log(`The ${half} half of the texts in test/eval/guards/data, which were made for this.\n`);
console.log("| guard | texts | to find | precision | recall | false alarms | missed |");
console.log("|---|--:|--:|--:|--:|--:|--:|");
const scores = guards.map(({ name, score }) => [name, score(half)] as const);
for (const [name, { cases, hits, misses, falseAlarms, precision, recall }] of scores) {
  console.log(
    `| \`${name}\` | ${cases} | ${hits + misses} | ${percent(precision)} | ${
      percent(recall)
    } | ${falseAlarms} | ${misses} |`,
  );
}

for (const [name, score] of scores) {
  console.log(`\n${name}: expected, and what was found (\`-\`: nothing)\n`);
  printConfusion(score);
  // Of the half that is reported nobody shall learn from.
  if (half === "tune") { for (const fault of score.faults) console.log(`  ${fault}`); }
}

console.log("\nMicroseconds per kB (1,000 characters), the best of several rounds\n");
const texts = timedTexts();
console.log(`| guard | ${texts.map(([name]) => name).join(" | ")} |`);
console.log(`|---|${texts.map(() => "--:|").join("")}`);
for (const { name, find } of guards) {
  console.log(`| \`${name}\` | ${texts.map(([, text]) => microsPerKb(find, text).toFixed(0)).join(" | ")} |`);
}

function printConfusion({ confusion, quiet }: Score): void {
  for (const [expected, row] of [...confusion].sort(([one], [other]) => one.localeCompare(other))) {
    console.log(`| ${expected} | ${[...row].map(([found, count]) => `${found} ${count}`).join(", ")} |`);
  }
  console.log(`| texts with nothing to find, and nothing found | ${quiet} |`);
}
