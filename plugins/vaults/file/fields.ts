/** One secret out of a file that holds several. */

import { parseEnv } from "node:util";
import { loomError } from "../../../src/plugin.ts";

/** @throws LoomError `config-invalid`; it quotes nothing of the file, as JSON's own errors would */
export function readField(path: string, text: string | undefined, name: string): string | undefined {
  if (text === undefined) return undefined;
  const fields = /\.json$/i.test(path) ? readJson(path, text) : parseEnv(text);
  if (!Object.hasOwn(fields, name)) return undefined;
  const value = (fields as Readonly<Record<string, unknown>>)[name];
  if (typeof value !== "string") throw wrong(path, `${name} is no text in ${path}`);
  return value;
}

function readJson(path: string, text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong(path, `${path} is not JSON`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw wrong(path, `${path} is no JSON object of names and texts`);
}

function wrong(file: string, message: string): Error {
  return loomError("config-invalid", `vault file: ${message}`, { path: "vault.path", file });
}
