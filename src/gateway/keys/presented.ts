/** Finds the key in a request's headers, in each of the places where vendors' own clients put it. */

import { type LoomError, loomError } from "../../errors/index.ts";

/** Names in lower case. A header that came more than once is a list, or one text with commas. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const plainHeaders = ["x-api-key", "api-key"] as const;
const howTo = "send it as Authorization: Bearer, x-api-key or api-key";

/** @throws LoomError `auth-rejected`; no message holds anything of the key */
export function presentedKey(headers: RequestHeaders): string | undefined {
  let key = bearer(headers["authorization"]);
  for (const name of plainHeaders) {
    const value = headers[name];
    if (value === undefined || value === "") continue;
    const given = single(value, name).trim();
    if (key !== undefined && key !== given) {
      throw refused("the request has two different gateway keys; send one");
    }
    key = given;
  }
  return key;
}

function bearer(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined || header === "") return undefined;
  const value = single(header, "authorization");
  const key = value.slice(7).trim();
  if (value.slice(0, 7).toLowerCase() !== "bearer " || key === "") {
    throw refused(`the Authorization header is not of the form "Bearer <key>"; ${howTo}`);
  }
  return key;
}

/** Keys have no commas, so one text with a comma is a header that came twice. */
function single(value: string | readonly string[], name: string): string {
  if (typeof value === "string" && !value.includes(",")) return value;
  const [only] = value;
  if (typeof value !== "string" && value.length === 1 && only !== undefined) return single(only, name);
  throw refused(`the header ${name} came more than once; send one key`);
}

export function refused(message: string): LoomError<"auth-rejected"> {
  return loomError("auth-rejected", message, {});
}

export function missing(): LoomError<"auth-rejected"> {
  return refused(`a gateway key is missing; ${howTo}`);
}
