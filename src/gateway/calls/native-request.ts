/** Keeps a request as it came beside the call that was read from it, for vendors of the same format. */

import type { NativeRequest } from "../../contract/index.ts";
import type { Asked } from "../format.ts";
import type { Headed } from "../http/exchange.ts";
import type { RequestBody } from "./request-body.ts";

/** Headers of the inbound formats that belong to the request's meaning. */
const nativeHeaders: readonly string[] = ["anthropic-beta"];

/** @param binding fields of this format that may not be left out */
export function nativeOf(
  dialect: string,
  { call: of, unknown, mustEncode }: Asked,
  { fields: body, text }: RequestBody,
  exchange: Headed,
  binding: readonly string[] = [],
): NativeRequest {
  const native: { -readonly [K in keyof NativeRequest]: NativeRequest[K] } = {
    dialect,
    body,
    text,
    unknown,
  };
  if (mustEncode !== true) native.of = of;
  const bound = unknown.filter((name) =>
    binding.includes(name) && body[name] !== null && body[name] !== false
  );
  if (bound.length > 0) native.binding = bound;
  for (const name of nativeHeaders) {
    const value = exchange.header(name);
    if (value !== undefined) native.headers = { ...native.headers, [name]: value };
  }
  return native;
}
