/** Shows progress until it is told how to end: a program for tests of what it leaves on a terminal. */

import process from "node:process";
import { processProgress } from "../../../src/cli/progress/process-progress.ts";

const [how = "end"] = process.argv.slice(2);
const progress = processProgress({ json: how === "json" });
if (how === "graceful") {
  process.once("SIGINT", () => {
    progress.note("stopping");
    progress.end();
    process.exitCode = 130;
    process.stdin.pause();
  });
}
progress.begin({ label: "Running", total: 4 });
progress.note("row 1 was 日本語");
progress.row({ done: 1, failed: 0, cacheHits: 0, costUsd: 0.25 });

// Goes on with the first key, so that the test decides when. A key that is not shown moves no cursor.
if (how !== "wait" && how !== "graceful") process.stdin.setRawMode(true);
process.stdin.once("data", () => {
  if (how === "throw") throw new Error("broken on purpose");
  if (how === "exit") process.exit(3);
  progress.row({ done: 4 });
  progress.end();
  process.stdin.pause();
});
