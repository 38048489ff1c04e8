/** Errors inside answers, which name by a word what a status would have said. */

import {
  asFields,
  asText,
  type ErrorDecoder,
  faultOf,
  faultOfText,
  type Fields,
  type LoomError,
  type WireReplyHead,
} from "../../../src/plugin.ts";

/** The status that each error type comes with, outside of streams. */
const statusOf: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** The error that a body or an event holds in spite of its good status; `undefined`: it holds none. */
export function faultIn(fields: Fields, head: WireReplyHead, errors: ErrorDecoder): LoomError | undefined {
  const { error } = fields;
  if ((error === undefined || error === null) && fields["type"] !== "error") return undefined;
  const fault = faultOf(fields) ?? faultOfText("");
  const type = asText(asFields(error)?.["type"]) ?? "";
  const status = fault.status ?? statusOf[type];
  return errors.fromFault(head, { ...fault, status });
}
