/** Sends people to log in, and redeems the code that they come back with. */

import { loomError } from "../../errors/index.ts";
import { checkClient, wrong } from "./client.ts";
import type { Pkce } from "./pkce.ts";
import type { OAuthClient, OAuthCredentials, OAuthServices } from "./types.ts";

/**
 * The address where somebody logs in (RFC 6749, section 4.1.1).
 *
 * @throws LoomError `config-invalid`, when `authorizeUrl` or `redirectUri` is missing or not safe
 */
export function authorizationUrl(
  client: OAuthClient,
  { challenge, state }: Pick<Pkce, "challenge" | "state">,
): string {
  checkClient(client);
  const { authorizeUrl, redirectUri, clientId, scopes, authorizeParams = {} } = client;
  if (authorizeUrl === undefined) throw wrong("oauth.authorizeUrl", "is missing; people log in there");
  if (redirectUri === undefined) throw wrong("oauth.redirectUri", "is missing; people come back there");
  const url = new URL(authorizeUrl);
  const params = {
    ...authorizeParams,
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    ...(scopes === undefined || scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
    code_challenge: challenge,
    code_challenge_method: "S256",
    state,
  };
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  return url.href;
}

/**
 * Redeems what came back: the address that the browser was sent to, or `code#state` where a page shows that to be copied.
 *
 * @throws LoomError `auth-rejected`, when the login failed or is not the one that `pkce` began
 */
export async function exchangeCode(
  client: OAuthClient,
  answer: string,
  pkce: Pkce,
  services: OAuthServices = {},
  signal?: AbortSignal,
): Promise<OAuthCredentials> {
  checkClient(client);
  if (client.redirectUri === undefined) {
    throw wrong("oauth.redirectUri", "is missing; people come back there");
  }
  const { code, state, error } = read(answer.trim());
  if (error !== undefined) throw failed(`the login failed: ${error}`);
  if (state !== pkce.state) {
    throw failed("the answer belongs to another login; its state is not the one that was sent");
  }
  if (code === undefined || code === "") throw failed("the answer holds no code");
  const { requestTokens } = await import("./token-endpoint.ts");
  return await requestTokens(
    client,
    {
      grant_type: "authorization_code",
      code,
      state,
      redirect_uri: client.redirectUri,
      client_id: client.clientId,
      code_verifier: pkce.verifier,
    },
    services,
    signal,
  );
}

interface Answered {
  readonly code?: string | undefined;
  readonly state?: string | undefined;
  readonly error?: string | undefined;
}

function read(answer: string): Answered {
  if (/^https?:/i.test(answer) && URL.canParse(answer)) {
    const { searchParams } = new URL(answer);
    const found = (name: string) => searchParams.get(name) ?? undefined;
    return { code: found("code"), state: found("state"), error: found("error") };
  }
  const [code, state] = answer.split("#");
  return { code, state };
}

function failed(what: string): Error {
  return loomError("auth-rejected", `OAuth: ${what}`, {});
}
