/** `POST /v1/files`: receives a file, checks what is said of it, and keeps it. */

import { rm } from "node:fs/promises";
import type { Json, JsonObject } from "../../contract/index.ts";
import { given, invalid, requiredText } from "../formats/field-checks.ts";
import type { HttpExchange } from "../http/exchange.ts";
import type { StoredFile } from "./file-table.ts";
import type { Files } from "./files.ts";
import { receiveForm } from "./receive-form.ts";

/** @see https://platform.openai.com/docs/api-reference/files/create */
const purposes: readonly string[] = ["assistants", "batch", "fine-tune", "vision", "user_data", "evals"];

/** What a form has beside its file: boundaries, heads, texts. */
const formOverheadBytes = 1024 * 1024;

const shortestS = 3600;
const longestS = 2_592_000;

export async function upload(exchange: HttpExchange, tenant: string, files: Files): Promise<StoredFile> {
  files.admit(tenant);
  const id = files.newId();
  const path = files.partPath(id);
  try {
    const pieces = exchange.pieces(files.maxFileBytes + formOverheadBytes);
    const form = await receiveForm(
      exchange.header("content-type") ?? "",
      pieces,
      path,
      files.maxFileBytes,
    );
    const { fields, file } = form;
    if (file === undefined) {
      throw invalid("file", "is missing; send the file in the field `file` of the form");
    }
    const purpose = requiredText(fields, "purpose", `one of ${purposes.join(", ")}`);
    if (!purposes.includes(purpose)) throw invalid("purpose", `must be one of ${purposes.join(", ")}`);
    const keepS = readExpiry(fields, "expires_after");
    const filename = file.filename.slice(0, 255) || "file";
    return await files.adopt(id, path, { tenant, purpose, filename, bytes: file.bytes, keepS });
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/** How long a file lives, where that is said. @throws LoomError `invalid-request` */
export function readExpiry(body: JsonObject, name: string): number | undefined {
  const value = given(body, name);
  if (value === undefined) return undefined;
  const { anchor, seconds } = (isFields(value) ? value : {}) as JsonObject;
  if (anchor !== "created_at") throw invalid(`${name}[anchor]`, "must be created_at");
  const number = Number(seconds);
  if (!Number.isInteger(number) || number < shortestS || number > longestS) {
    throw invalid(`${name}[seconds]`, `must be a whole number from ${shortestS} to ${longestS}`);
  }
  return number;
}

function isFields(value: Json): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
