/** Opens a journal, writes one row, closes it, and so on, beside others that do the same. Run by a test. */

import process from "node:process";
import { LoomError } from "../../../src/errors/index.ts";
import { okRecord, opened } from "./records.ts";

const [path = "", owner = 0, turns = 0] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
for (let turn = 0; turn < turns;) {
  try {
    const journal = await opened(path);
    void journal.append(okRecord(owner * turns + turn, `${owner}`));
    await journal.close();
    turn++;
  } catch (error) {
    // Another one has it; every other failure ends the program.
    if (!LoomError.is(error, "file-unwritable") || !/is being used by|all the time/.test(error.message)) {
      throw error;
    }
  }
}
