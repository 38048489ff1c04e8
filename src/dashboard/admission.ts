/** Who may ask the API: whoever has the key, and no page of another site. */

import { createHash, timingSafeEqual } from "node:crypto";
import { loomError } from "../errors/index.ts";

/** @throws from the function it gives: LoomError `auth-rejected`, `permission-denied` */
export function admission(key: string | undefined): (request: Request) => void {
  if (key === "") throw loomError("config-invalid", "key is empty", { path: "key" });
  const expected = key === undefined ? undefined : digestOf(key);
  return ({ headers }) => {
    // What a browser says of itself; other clients say nothing, and have no other site's page in them.
    const site = headers.get("sec-fetch-site");
    if (site !== null && site !== "same-origin" && site !== "none") {
      throw loomError("permission-denied", "pages of other sites may not read this dashboard", {});
    }
    if (expected === undefined) return;
    const given = /^bearer +(.+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";
    if (timingSafeEqual(digestOf(given.trim()), expected)) return;
    throw loomError("auth-rejected", "send the dashboard's key as Authorization: Bearer", {});
  };
}

/** Of equal length whatever was given, so that comparing tells nothing. */
function digestOf(key: string): Uint8Array {
  return createHash("sha256").update(key).digest();
}
