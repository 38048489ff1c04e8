/** The lines of output and error files, as OpenAI writes them. */

import type { LoomErrorLike } from "../../contract/index.ts";
import { faultOf } from "../calls/fault.ts";
import type { Format } from "../format.ts";

/** @param body JSON text, on however many lines the vendor wrote it */
export function goodLine(customId: string, requestId: string, body: string | Uint8Array): string {
  const text = typeof body === "string" ? body : Buffer.from(body).toString("utf8");
  return line(customId, { status_code: 200, request_id: requestId, body: JSON.parse(text) }, null);
}

/** What the live endpoint would have answered. */
export function faultLine(
  customId: string,
  requestId: string,
  format: Pick<Format, "error">,
  error: LoomErrorLike,
): string {
  const { status } = faultOf(error);
  const body = format.error(error, status, requestId);
  return line(customId, { status_code: status, request_id: requestId, body }, null);
}

/** A row that has no answer of any kind. */
export function undoneLine(customId: string, code: string, message: string): string {
  return line(customId, null, { code, message });
}

function line(customId: string, response: object | null, error: object | null): string {
  const id = `batch_req_${crypto.randomUUID().replaceAll("-", "")}`;
  return JSON.stringify({ id, custom_id: customId, response, error });
}
