/** An authorization server on loopback that does what RFC 6749 and RFC 7636 say: one login, rotating refresh tokens. */

import { createHash } from "node:crypto";
import { type Arrived, serve, type TestServer } from "../../support/server.ts";

export interface AuthServer extends TestServer {
  /** Somebody logs in at this address: gives the address that the browser is sent to. */
  logIn(url: string): string;
  /** Refresh tokens that still work. */
  readonly good: Set<string>;
  /** Answers requests for tokens in its place, while set. */
  answer: ((arrived: Arrived) => void) | undefined;
  /** Seconds that access tokens live. */
  lifetime: number;
  /** Bodies of the requests for tokens. */
  readonly bodies: Record<string, string>[];
}

export const clientId = "client-1";

export async function authServer(): Promise<AuthServer> {
  const codes = new Map<string, { challenge: string; redirectUri: string }>();
  const good = new Set<string>();
  const bodies: Record<string, string>[] = [];
  let count = 0;

  function deny(arrived: Arrived, status: number, error: string): void {
    arrived.response.writeHead(status, { "content-type": "application/json" })
      .end(JSON.stringify({ error, error_description: `no: ${arrived.body}` }));
  }

  function give(arrived: Arrived): void {
    const refresh = `refresh-${++count}-0123456789abcdef`;
    good.add(refresh);
    arrived.response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({
      token_type: "Bearer",
      access_token: `access-${count}`,
      refresh_token: refresh,
      expires_in: server.lifetime,
    }));
  }

  const base = await serve((arrived) => {
    if (server.answer !== undefined) return server.answer(arrived);
    if (arrived.method !== "POST" || arrived.headers["content-type"] !== "application/json") {
      return deny(arrived, 400, "invalid_request");
    }
    const body = JSON.parse(arrived.body) as Record<string, string>;
    bodies.push(body);
    if (body["client_id"] !== clientId) return deny(arrived, 401, "invalid_client");
    if (body["grant_type"] === "refresh_token") {
      // A refresh token works once.
      return good.delete(body["refresh_token"] ?? "") ? give(arrived) : deny(arrived, 400, "invalid_grant");
    }
    const code = codes.get(body["code"] ?? "");
    codes.delete(body["code"] ?? "");
    const proof = createHash("sha256").update(body["code_verifier"] ?? "").digest("base64url");
    const fits = code?.challenge === proof && code.redirectUri === body["redirect_uri"];
    return fits ? give(arrived) : deny(arrived, 400, "invalid_grant");
  });

  const server: AuthServer = Object.assign(base, {
    good,
    bodies,
    answer: undefined,
    lifetime: 3600,
    logIn(address: string) {
      const { searchParams } = new URL(address);
      const param = (name: string) => searchParams.get(name) ?? "";
      if (param("response_type") !== "code" || param("client_id") !== clientId) {
        throw new Error("not a login");
      }
      if (param("code_challenge_method") !== "S256") throw new Error("no proof key");
      const code = `code-${++count}-0123456789abcdef`;
      codes.set(code, { challenge: param("code_challenge"), redirectUri: param("redirect_uri") });
      const back = new URL(param("redirect_uri"));
      back.searchParams.set("code", code);
      back.searchParams.set("state", param("state"));
      return back.href;
    },
  });
  return server;
}
