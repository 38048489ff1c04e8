/** Arguments of tool calls: an object on Anthropic's wire, JSON text in Loom. */

import type { Json, JsonObject } from "../../../contract/index.ts";
import { invalid, isObject } from "./checks.ts";

/** Holds what a model wrote that is no JSON object; proposed by Anthropic's guide, and what Loom's encoder sends back to it. */
const broken = "INVALID_JSON";

/** The object for arguments as a model wrote them, broken ones included. */
export function inputOf(text: string): JsonObject {
  if (text.trim() === "") return {};
  try {
    const input = JSON.parse(text) as Json;
    if (isObject(input)) return input;
  } catch {
    // Given to the caller as text, like JSON of another kind.
  }
  return { [broken]: text };
}

/** The same as JSON text, as the model wrote it where that is an object. */
export function inputText(text: string): string {
  const input = inputOf(text);
  return input[broken] === text || text.trim() === "" ? JSON.stringify(input) : text;
}

/** The way back: the text of an input as the caller wrote it. */
export function argumentsOf(input: Json | undefined, path: string): string {
  if (input === undefined || input === null) return "{}";
  if (isObject(input)) {
    const text = input[broken];
    if (typeof text === "string" && Object.keys(input).length === 1) return text;
  }
  try {
    return JSON.stringify(input);
  } catch (error) {
    if (error instanceof RangeError) throw invalid(path, "Input is nested too deeply");
    throw error;
  }
}
