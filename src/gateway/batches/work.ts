/** Everything that the steps of one batch's work share. */

import type { Engine } from "../../client/engine.ts";
import type { CallServices } from "../calls/serve-call.ts";
import type { Answers } from "./answers.ts";
import type { StoredBatch } from "./batch.ts";
import type { Control } from "./control.ts";
import type { PartTable } from "./part-table.ts";
import type { RowReader } from "./row-call.ts";
import type { Row } from "./rows.ts";
import type { Slots } from "./slots.ts";

/** What all batches of a gateway share. */
export interface BatchServices {
  readonly engine: Engine;
  readonly calls: Pick<CallServices, "route" | "binding" | "totalMs">;
  readonly maxLineBytes: number;
  readonly concurrency: number;
  readonly slots: Slots;
}

export interface Work {
  readonly batch: StoredBatch;
  readonly services: BatchServices;
  readonly reader: RowReader;
  readonly answers: Answers;
  readonly parts: PartTable;
  readonly control: Control;
  rows(): AsyncIterable<Row>;
}
