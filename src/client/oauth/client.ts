/** Checks of an OAuth client: a token must never be sent where anyone can read it. */

import { faultOfBaseUrl } from "../../discovery/manifest-values.ts";
import { type LoomError, loomError } from "../../errors/index.ts";
import type { OAuthClient } from "./types.ts";

/** Fields of an account; others are a mistake. */
export const oauthFields: readonly string[] = [
  "tokenUrl",
  "clientId",
  "authorizeUrl",
  "redirectUri",
  "scopes",
  "authorizeParams",
  "tokenHeaders",
  "store",
  "onError",
];

/** @throws LoomError `config-invalid`, naming the field and the fix */
export function checkClient(client: OAuthClient, path = "oauth"): void {
  const fault = faultOfClient(client);
  if (fault !== undefined) throw wrong(`${path}.${fault.field}`, fault.problem);
}

/** The first field that is wrong. */
export function faultOfClient(
  client: OAuthClient,
): { readonly field: string; readonly problem: string } | undefined {
  const { clientId, tokenUrl, authorizeUrl } = client;
  if (typeof clientId !== "string" || clientId === "") {
    return { field: "clientId", problem: "is missing; the vendor gives it to registered apps" };
  }
  for (const [field, url] of [["tokenUrl", tokenUrl], ["authorizeUrl", authorizeUrl]] as const) {
    if (url === undefined && field === "authorizeUrl") continue;
    const problem = typeof url === "string" ? faultOfBaseUrl(withoutQuery(url), false) : "must be a URL";
    if (problem !== undefined) return { field, problem };
  }
  return undefined;
}

/** An address may have a query of its own. */
function withoutQuery(url: string): string {
  return url.split("?")[0] as string;
}

export function wrong(path: string, problem: string): LoomError {
  return loomError("config-invalid", `${path} ${problem}`, { path });
}
