/** google.rpc.Status, in which operations and rows of batches say how they failed. */

import {
  faultOf,
  faultOfText,
  type Fields,
  type LoomError,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import type { Reading } from "./reading.ts";

/** gRPC's codes with the status that Google's HTTP answers have: google/rpc/code.proto. */
const codes: Readonly<Record<number, readonly [word: string, httpStatus: number]>> = {
  1: ["CANCELLED", 499],
  2: ["UNKNOWN", 500],
  3: ["INVALID_ARGUMENT", 400],
  4: ["DEADLINE_EXCEEDED", 504],
  5: ["NOT_FOUND", 404],
  6: ["ALREADY_EXISTS", 409],
  7: ["PERMISSION_DENIED", 403],
  8: ["RESOURCE_EXHAUSTED", 429],
  9: ["FAILED_PRECONDITION", 400],
  10: ["ABORTED", 409],
  11: ["OUT_OF_RANGE", 400],
  12: ["UNIMPLEMENTED", 501],
  13: ["INTERNAL", 500],
  14: ["UNAVAILABLE", 503],
  15: ["DATA_LOSS", 500],
  16: ["UNAUTHENTICATED", 401],
};

/** gRPC's code of what was cancelled. */
export const cancelledCode = 1;

/** The error that a status stands for. Some rows have an HTTP status where gRPC's code belongs. */
export function statusError(status: Fields, head: WireReplyHead, how: Reading): LoomError {
  const { code } = status;
  const http = typeof code === "number" && code >= 400 && code <= 599;
  const [word, httpStatus] = codes[Number(code)] ?? ["INTERNAL", 500];
  const error = http ? status : { ...status, code: httpStatus, status: word };
  return how.errors.fromFault(head, faultOf({ error }) ?? faultOfText(""));
}
