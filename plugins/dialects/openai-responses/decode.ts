/** Decodes whole answers, and follows those that the vendor works on in the background. */

import {
  asFields,
  asList,
  asText,
  type Decoded,
  type Fields,
  type Json,
  type Part,
  type Pending,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { Calls, isCall } from "./calls.ts";
import { finishPart } from "./finish.ts";
import { completeItem, nothingTold } from "./items.ts";
import type { Reading } from "./reading.ts";
import { Telling } from "./telling.ts";

/** Decodes one body. @throws LoomError, when it holds an error or no answer */
export function decodeWhole(body: Json, head: WireReplyHead, how: Reading): Decoded {
  const response = asFields(body);
  if (response === undefined) throw how.notAnAnswer(head, "it is not a JSON object");
  how.refuseFault(response, head);
  const status = asText(response["status"]);
  const output = asList(response["output"]);
  const id = asText(response["id"]);
  if ((status === "queued" || status === "in_progress") && id !== undefined && (output ?? []).length === 0) {
    return pending(id, status, head, how);
  }
  if (status === "failed" || status === "cancelled") {
    throw how.fault({ message: `the response was ${status}` }, head);
  }
  return [...partsOf(response, output, head, how), { type: "raw", value: body }];
}

function partsOf(
  response: Fields,
  output: readonly unknown[] | undefined,
  head: WireReplyHead,
  how: Reading,
): Part[] {
  const parts: Part[] = [];
  const telling = new Telling();
  telling.response(response, parts);
  const calls = new Calls(head.ctx, false, (why) => how.notAnAnswer(head, why));
  calls.responseId = asText(response["id"]);
  const text = asText(response["output_text"]);
  if (output === undefined && text === undefined) throw how.notAnAnswer(head, "it has no `output`");
  for (const entry of output ?? []) {
    const item = asFields(entry);
    if (item === undefined) continue;
    if (isCall(item)) calls.finish(calls.open(), item, parts);
    else completeItem(item, nothingTold(), telling, parts);
  }
  if (output === undefined && text !== undefined) telling.text(text, parts);
  const usage = how.usage(response);
  if (usage !== undefined) parts.push({ type: "usage", usage });
  parts.push(finishPart(response, calls.any));
  return parts;
}

/** A response in the background is asked for again until it has ended, and told to stop when nobody waits. */
function pending(id: string, status: string, head: WireReplyHead, how: Reading): Pending {
  const root = `${how.manifest.paths?.chat ?? "/responses"}/${encodeURIComponent(id)}`;
  const query = how.includes(head.ctx.target)
    .map((entry) => `include%5B%5D=${encodeURIComponent(entry)}`).join("&");
  return {
    jobId: id,
    next: { method: "GET", path: query === "" ? root : `${root}?${query}`, stream: false },
    cancel: { method: "POST", path: `${root}/cancel`, stream: false },
    ...(status === "queued" && { progress: 0 }),
    decode(body, answered) {
      if (body instanceof Uint8Array) throw how.notAnAnswer(answered, "it is not JSON");
      return decodeWhole(body, answered, how);
    },
  };
}
