/** Reads the body of a request: JSON or a form, with what is wrong said as the vendors' own APIs would. */

import type { JsonObject } from "../../contract/index.ts";
import { loomError } from "../../errors/index.ts";
import type { FormFile } from "../format.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { isTooDeep } from "./nesting.ts";

export interface RequestBody {
  readonly fields: JsonObject;
  /** The JSON text as it came; empty for forms. */
  readonly text: string;
  readonly files: readonly FormFile[];
}

const noFiles: readonly FormFile[] = [];

/** @throws LoomError `invalid-request`, with status 400, 413 or 415 */
export async function readBody(exchange: HttpExchange, maxBytes: number): Promise<RequestBody> {
  const type = exchange.header("content-type") ?? "";
  const bytes = await exchange.body(maxBytes);
  if (type.startsWith("multipart/form-data")) {
    const { readForm } = await import("../http/form.ts");
    const { fields, files } = await readForm(type, bytes);
    return { fields, files, text: "" };
  }
  if (type !== "" && !isJson(type)) {
    throw loomError(
      "invalid-request",
      `the content type must be application/json, but is ${type.slice(0, 100)}`,
      {},
      { status: 415 },
    );
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return { fields: parse(text), text, files: noFiles };
}

/** Other names of JSON, and the one that curl and old clients send when nobody says anything. */
function isJson(type: string): boolean {
  const name = type.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return name === "application/json" || name.endsWith("+json") || name === "text/plain" ||
    name === "application/x-www-form-urlencoded";
}

function parse(text: string): JsonObject {
  if (text === "") throw loomError("invalid-request", "the request has no body; send a JSON object", {});
  if (isTooDeep(text)) throw loomError("invalid-request", "the request is nested too deeply", {});
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    // What V8 says quotes the body, which may be anybody's secret.
    const place = /position \d+/.exec((error as Error).message)?.[0];
    const where = place === undefined ? "" : `, at ${place}`;
    throw loomError("invalid-request", `the body is not valid JSON${where}`, {});
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw loomError("invalid-request", "the body must be a JSON object", {});
  }
  return value as JsonObject;
}
