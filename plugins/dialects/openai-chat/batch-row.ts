/** Reads one line of a batch's files: the answer to one call, or what became of it instead. */

import {
  asFields,
  asText,
  type Codec,
  detailsOf,
  faultOf,
  faultOfText,
  type Json,
  loomError,
  type Manifest,
  type Part,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import type { Reading } from "./reading.ts";

/** Which row a result is of. @throws LoomError `invalid-reply`, when it does not say */
export function customIdIn(result: Json, field: string, { id: provider, label }: Manifest): string {
  const id = asText(asFields(result)?.[field]);
  if (id !== undefined) return id;
  throw loomError("invalid-reply", `a row of ${label}'s batch has no \`${field}\``, {}, { provider });
}

/** @throws LoomError what the vendor says of the row, or `invalid-reply`, when it says nothing */
export function decodeBatchRow(
  result: Json,
  asked: WireReplyHead,
  codec: Pick<Codec, "decode" | "decodeError">,
  how: Reading,
): readonly Part[] {
  const row = asFields(result);
  const response = asFields(row?.["response"]);
  const status = response?.["status_code"];
  const requestId = asText(response?.["request_id"]);
  const head: WireReplyHead = {
    status: typeof status === "number" && status >= 200 && status < 600 ? status : 200,
    headers: requestId === undefined ? {} : { "x-request-id": requestId },
    ctx: asked.ctx,
  };
  const body = parsed(response?.["body"]);
  if (head.status >= 300) {
    const said = faultOf(body) === undefined && row?.["error"] != null ? { error: row["error"] } : body;
    throw codec.decodeError(head, typeof said === "string" ? said : JSON.stringify(said ?? null));
  }
  if (body !== undefined && body !== null) {
    const decoded = codec.decode(body, head);
    if ("next" in decoded) throw how.notAnAnswer(head, "a row of a batch is still being worked on");
    return decoded;
  }
  const error = row?.["error"];
  if (error === undefined || error === null) {
    throw how.notAnAnswer(head, "a row of a batch has neither a response nor an error");
  }
  throw undone(error, head) ?? how.errors.fromFault(head, faultOf({ error }) ?? faultOfText(""));
}

/** Rows that were not begun before the batch ended. They are not charged, and may be asked again. */
function undone(error: unknown, head: WireReplyHead): Error | undefined {
  const details = detailsOf(head.ctx, head);
  switch (asText(asFields(error)?.["code"])) {
    case "batch_expired":
      return loomError("provider-failed", "the batch expired before this row was done", {}, details);
    case "batch_cancelled":
      return loomError("aborted", "the batch was cancelled before this row was done", {}, details);
    default:
      return undefined;
  }
}

/** Some hosts write the body as text. */
function parsed(body: unknown): Json | undefined {
  const text = asText(body)?.trimStart();
  if (text === undefined || !/^[{[]/.test(text)) return body as Json | undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
