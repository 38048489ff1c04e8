/** What a file of the response cache holds. */

import type { Json } from "../../contract/json.ts";

export interface CachedAnswer {
  /** Who answered. */
  readonly provider: string;
  readonly model: string;
  /** The answer's text. */
  readonly response: string;
  /** The answer as an object, where a schema was asked for. */
  readonly output?: Json;
}

/** The text of a file. */
export function writtenAnswer(
  { provider, model, response, output }: CachedAnswer,
  createdMs: number,
): string {
  const created_at = new Date(createdMs).toISOString();
  return JSON.stringify({ provider, model, response, ...output === undefined ? {} : { output }, created_at });
}

/** `undefined`: it is torn, or somebody else's. */
export function readAnswer(text: string): CachedAnswer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // the caller says so
  }
  return isAnswer(value) ? value : undefined;
}

function isAnswer(value: unknown): value is CachedAnswer {
  if (typeof value !== "object" || value === null) return false;
  return ["provider", "model", "response"].every((name) =>
    Object.hasOwn(value, name) && typeof (value as Record<string, unknown>)[name] === "string"
  );
}
