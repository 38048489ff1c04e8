/** Hears the rate-limit headers of all answers of this process, through undici's diagnostics: calls that nobody watches pay nothing. */

import { channel } from "node:diagnostics_channel";
import type { Clock } from "../../contract/services.ts";
import { type Allowance, allowanceOf } from "./allowance.ts";

/** What undici publishes: names and values by turns, as bytes or text, or an object of them over HTTP/2. */
interface Published {
  readonly response: {
    readonly headers: readonly (Uint8Array | string)[] | Readonly<Record<string, string | string[]>>;
  };
}

/** Every header that says what is left has this in its name. */
const mark = "ratelimit";

/** Gives a function that stops it. */
export function watchHeaders(clock: Clock, heard: (allowance: Allowance) => void): () => void {
  const headers = channel("undici:request:headers");
  const listener = (message: unknown) => {
    const found = rateHeaders((message as Published).response.headers);
    if (found === undefined) return;
    const allowance = allowanceOf((name) => found.get(name), clock.now());
    if (allowance !== undefined) heard(allowance);
  };
  headers.subscribe(listener);
  return () => void headers.unsubscribe(listener);
}

/** Those of the headers that are about rate limits; `undefined`, as with most vendors: none is. */
function rateHeaders(headers: Published["response"]["headers"]): Map<string, string> | undefined {
  let found: Map<string, string> | undefined;
  if (!isList(headers)) {
    for (const [name, value] of Object.entries(headers)) {
      if (name.includes(mark)) (found ??= new Map()).set(name, String(value));
    }
    return found;
  }
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = textOf(headers[at]).toLowerCase();
    if (name.includes(mark)) (found ??= new Map()).set(name, textOf(headers[at + 1]));
  }
  return found;
}

function isList(headers: Published["response"]["headers"]): headers is readonly (Uint8Array | string)[] {
  return Array.isArray(headers);
}

function textOf(value: Uint8Array | string | undefined): string {
  return value === undefined || typeof value === "string"
    ? value ?? ""
    : Buffer.from(value).toString("latin1");
}
