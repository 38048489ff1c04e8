/** Appends rows to a journal until it is killed, and says how many are on the disk. Run by tests with the journal's path. */

import process from "node:process";
import { okRecord, opened, textOf } from "./records.ts";

const journal = await opened(process.argv[2] ?? "");
let row = journal.totals.ok;
while (true) {
  for (const end = row + 50; row < end; row++) await journal.append(okRecord(row, textOf(row)));
  await journal.flush();
  process.stdout.write(`${row}\n`);
}
