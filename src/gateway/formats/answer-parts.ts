/** Finds in the parts of an answer what several formats write. */

import type { JsonObject, Part, PartType, Usage } from "../../contract/index.ts";
import type { AnswerFacts } from "../format.ts";

/** Parts of one type, in order. */
export function ofType<T extends PartType>(
  parts: readonly Part[],
  type: T,
): readonly Extract<Part, { type: T }>[] {
  return parts.filter((part): part is Extract<Part, { type: T }> => part.type === type);
}

/** The last word on usage, from the parts or from the call. */
export function usageOf(parts: readonly Part[], facts: AnswerFacts): Usage | undefined {
  return ofType(parts, "usage").at(-1)?.usage ?? facts.usage;
}

/** What the vendor says of the answer, where it does, over what Loom knows. */
export function headOf(parts: readonly Part[], facts: AnswerFacts): { id: string; model: string } {
  const [response] = ofType(parts, "response");
  return { id: response?.id ?? facts.callId, model: response?.model ?? facts.model };
}

/** The vendor's own body, where it came with the answer. */
export function rawOf(parts: readonly Part[]): JsonObject {
  return asObject(ofType(parts, "raw").at(-1)?.value) ?? {};
}

export function asObject(value: unknown): JsonObject | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? value as JsonObject : undefined;
}
