/** The key in what a secret holds: the text itself, or a field of it when it is a JSON object. */

import { loomError } from "../../../src/plugin.ts";

export interface SecretContent {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}

/**
 * One secret per key. Amazon's console stores "key/value" secrets as JSON, so that the key may be in a field: one named
 * like the key, `value` or `api_key`. Other JSON is refused rather than sent to a vendor as a whole.
 */
export function valueOf(content: SecretContent, id: string, name: string): string {
  const text = textOf(content, id);
  const fields = readFields(text);
  if (fields === undefined) return text;
  const field = [name, "value", "api_key"].find((one) => Object.hasOwn(fields, one));
  if (field === undefined) {
    throw wrong(`${id} is a JSON object without a field ${name}, value or api_key`);
  }
  return plain(fields[field], id, field);
}

/** One secret with a field for each key. */
export function fieldOf(content: SecretContent, id: string, name: string): string | undefined {
  const fields = readFields(textOf(content, id));
  if (fields === undefined) throw wrong(`${id} is no JSON object with the keys as its fields`);
  return Object.hasOwn(fields, name) ? plain(fields[name], id, name) : undefined;
}

function textOf({ SecretString: text, SecretBinary: bytes }: SecretContent, id: string): string {
  if (text !== undefined) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes ?? new Uint8Array());
  } catch {
    throw wrong(`${id} is binary and no UTF-8 text`);
  }
}

function readFields(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function plain(value: unknown, id: string, field: string): string {
  if (typeof value === "string") return value;
  throw wrong(`the field ${field} of ${id} is no text`);
}

function wrong(problem: string): Error {
  return loomError("invalid-reply", `AWS Secrets Manager: ${problem}`, {});
}
