/** Tencent's complaints, which come with status 200, inside `Response`. */

import {
  asFields,
  asText,
  type ErrorDecoder,
  type Fault,
  faultOf,
  faultOfText,
  type Fields,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { codes } from "./manifest.ts";

/** What a body answers. @throws LoomError, when it complains or answers nothing */
export function responseOf(body: unknown, head: WireReplyHead, errors: ErrorDecoder): Fields {
  const response = asFields(asFields(body)?.["Response"]);
  if (response === undefined) throw errors.notAnAnswer(head, "it has no `Response`");
  if (asFields(response["Error"]) === undefined) return response;
  throw errors.fromFault(head, known(faultOf(body) ?? faultOfText("")));
}

/** The error of a job that failed, from the code and the sentence that its status gives. */
export function jobFault(code: unknown, message: unknown): Fault {
  const said = { message: asText(message) ?? "the job failed", code: asText(code) ?? "FailedOperation" };
  return known(faultOf({ error: said }) ?? faultOfText(""));
}

/** Codes are specific to the last word; what they begin with says enough. */
function known(fault: Fault): Fault {
  const words = (fault.code ?? "").split(".");
  for (let count = words.length; count > 0; count--) {
    const beginning = words.slice(0, count).join(".");
    if (beginning in codes) return { ...fault, code: beginning };
  }
  // Refusals of what is asked for have many codes.
  return /illegal|sensitive|moderation/i.test(fault.words)
    ? { ...fault, code: "OperationDenied.TextIllegalDetected" }
    : fault;
}
