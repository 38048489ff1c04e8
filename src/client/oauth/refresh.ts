/** Renews access tokens. What talks to the endpoint is loaded with the first one, so that importing Loom stays cheap. */

import { checkClient } from "./client.ts";
import { hideCredentials } from "./credentials.ts";
import type { OAuthClient, OAuthCredentials, OAuthServices } from "./types.ts";

/**
 * Renews an access token (RFC 6749, section 6). The answer holds the old refresh token where the vendor gave no new one.
 *
 * @throws LoomError `auth-rejected`, when the refresh token is no longer good; others when the endpoint cannot be asked
 */
export async function refreshTokens(
  client: OAuthClient,
  refreshToken: string,
  services: OAuthServices = {},
  signal?: AbortSignal,
): Promise<OAuthCredentials> {
  checkClient(client);
  const { requestTokens } = await import("./token-endpoint.ts");
  const renewed = await requestTokens(
    client,
    {
      grant_type: "refresh_token",
      refresh_token: refreshToken,
      client_id: client.clientId,
    },
    services,
    signal,
  );
  return hideCredentials({ refreshToken, ...renewed });
}
