/** A row of JSON may have any fields; those that are added must not be among them. */

import { rowFault } from "../faults.ts";
import type { RawRow } from "../raw-row.ts";

/** @throws LoomError `invalid-request` */
export function checkFree({ fields, index, line }: RawRow, names: readonly string[], file: string): void {
  const taken = names.find((name) => Object.hasOwn(fields, name));
  if (taken === undefined) return;
  throw rowFault({ file, index, line }, `it has a field "${taken}" already; rename it there`);
}
