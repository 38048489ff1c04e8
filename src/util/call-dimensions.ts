/** What a finished call is picked and grouped by. What a call does not have is the empty text. */

import type { CallDimension, CallFilter } from "../contract/history.ts";
import type { CallRecord } from "../contract/sink.ts";

/** Dimensions of which a call has one value; of tags it has any number. */
export type SingleDimension = Exclude<CallDimension, "tag">;

/** All but `tag`. */
export const singleDimensions: readonly SingleDimension[] = [
  "key",
  "team",
  "user",
  "model",
  "provider",
  "account",
  "error",
  "status",
  "cache",
  "modality",
];

export function dimensionOf(record: CallRecord, dimension: SingleDimension): string {
  switch (dimension) {
    case "key":
      return record.via?.keyId ?? "";
    case "error":
      return record.errorCode ?? "";
    case "account":
      return accountOf(record);
    default:
      return record[dimension] ?? "";
  }
}

/** The values of a call, several for tags; a call without tags has the empty one. */
export function dimensionValues(record: CallRecord, dimension: CallDimension): readonly string[] {
  if (dimension !== "tag") return [dimensionOf(record, dimension)];
  return record.tags === undefined || record.tags.length === 0 ? [""] : [...new Set(record.tags)];
}

/** Whether a call has one of the wanted values of every dimension that is named. */
export function passesFilter(record: CallRecord, filter: CallFilter): boolean {
  for (const [dimension, wanted] of Object.entries(filter) as [CallDimension, readonly string[]][]) {
    if (!dimensionValues(record, dimension).some((value) => wanted.includes(value))) return false;
  }
  return true;
}

/** The account that answered, or was tried last. */
function accountOf({ receipt: { attempts } }: CallRecord): string {
  return (attempts.findLast(({ status }) => status === "ok") ?? attempts.at(-1))?.account ?? "";
}
