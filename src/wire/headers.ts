/** The headers of a request to a vendor: static ones, the codec's, and the key in the place the manifest names. */

import type { WireRequest } from "../contract/dialect.ts";
import type { Manifest } from "../contract/manifest.ts";
import type { Secret } from "../contract/secret.ts";
import type { Exchange } from "../contract/services.ts";

/**
 * Names are in small letters, so that none is sent twice.
 *
 * @param trusted whether the host may see the key, and what else the configuration adds for the vendor
 */
export function requestHeaders(
  plan: Exchange,
  { stream, answer, headers: extra, body }: WireRequest,
  trusted: boolean,
): Record<string, string> {
  const headers: Record<string, string> = {
    accept: stream ? "text/event-stream" : answer === "bytes" ? "*/*" : "application/json",
    "user-agent": "loom-router",
  };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (trusted) addAll(headers, plan.headers);
  if (extra !== undefined) addAll(headers, extra);
  if (trusted && plan.key !== undefined) addKey(headers, plan.manifest.auth, plan.key);
  return headers;
}

function addAll(headers: Record<string, string>, more: Readonly<Record<string, string>>): void {
  for (const name in more) headers[name.toLowerCase()] = more[name] as string;
}

function addKey(headers: Record<string, string>, auth: Manifest["auth"], key: Secret): void {
  if (auth.type === "none") return;
  if (auth.type === "bearer" || key.scheme === "bearer") headers["authorization"] = `Bearer ${key.reveal()}`;
  else if (auth.header !== undefined) headers[auth.header.toLowerCase()] = key.reveal();
  if (key.scheme === "bearer" && auth.oauth?.headers !== undefined) joinAll(headers, auth.oauth.headers);
}

/** Headers that list features may be there already; a list has each once. */
function joinAll(headers: Record<string, string>, more: Readonly<Record<string, string>>): void {
  for (const name in more) {
    const before = headers[name.toLowerCase()];
    const values = before === undefined ? [] : before.split(",").map((value) => value.trim());
    headers[name.toLowerCase()] = [...new Set([...values, more[name] as string])].join(",");
  }
}
