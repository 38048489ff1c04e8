/** Reads what codecs write, for tests of dialects. */

import assert from "node:assert/strict";
import type { Decoded, Pending, WireRequest } from "../contract/dialect.ts";
import type { Part } from "../contract/part.ts";

/** The JSON object that a request carries. @throws when its body is something else */
export function jsonOf({ body }: WireRequest): Record<string, unknown> {
  assert.ok(typeof body === "string", "the body is JSON text");
  const value: unknown = JSON.parse(body);
  assert.ok(
    typeof value === "object" && value !== null && !Array.isArray(value),
    "the body is a JSON object",
  );
  return value as Record<string, unknown>;
}

/** The parts of a body that was a whole answer. @throws when the vendor has only begun to work on it */
export function partsOf(decoded: Decoded): readonly Part[] {
  assert.ok(!("next" in decoded), "the answer is there, not only begun");
  return decoded;
}

/** The job that a body began. @throws when the answer is there already */
export function pendingOf(decoded: Decoded): Pending {
  assert.ok("next" in decoded, "the vendor has only begun");
  return decoded;
}
