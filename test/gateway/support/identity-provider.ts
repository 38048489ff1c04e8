/** An identity provider on a loopback port: discovery, public keys, and tokens signed with the real ones. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

export interface IdentityProvider extends AsyncDisposable {
  readonly issuer: string;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** The public keys that are published now. */
  readonly published: JWK[];
  /** What discovery says, laid over the true document. */
  document: Record<string, unknown>;
  /** What every request is answered with, in place of a document. */
  failure: { readonly status: number; readonly body: string } | undefined;
  addKey(alg: string, kid: string): Promise<void>;
  /** A token of the key, as issued at `nowS`, for five minutes. */
  token(kid: string, claims: Readonly<Record<string, unknown>>, nowS?: number): Promise<string>;
  /** Answers nobody any more. */
  stop(): Promise<void>;
}

export async function startIdentityProvider(nowS: number): Promise<IdentityProvider> {
  const asked: string[] = [];
  const published: JWK[] = [];
  const keys = new Map<string, { readonly alg: string; readonly key: Parameters<SignJWT["sign"]>[0] }>();
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("connection", "close");
    if (provider.failure !== undefined) {
      response.statusCode = provider.failure.status;
      return response.end(provider.failure.body);
    }
    response.setHeader("content-type", "application/json");
    const documents: Record<string, unknown> = {
      "/keys": { keys: published },
      "/.well-known/openid-configuration": {
        issuer: provider.issuer,
        jwks_uri: `${provider.issuer}/keys`,
        ...provider.document,
      },
    };
    response.end(JSON.stringify(documents[request.url ?? ""] ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const provider: IdentityProvider = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    published,
    document: {},
    failure: undefined,
    async addKey(alg, kid) {
      const { publicKey, privateKey } = await generateKeyPair(alg);
      published.push({ ...await exportJWK(publicKey), kid, alg, use: "sig" });
      keys.set(kid, { alg, key: privateKey });
    },
    token(kid, claims, atS = nowS) {
      const { alg, key } = keys.get(kid) ?? {};
      if (alg === undefined || key === undefined) throw new Error(`no key ${kid}`);
      const payload: Record<string, unknown> = {
        iss: provider.issuer,
        aud: "loom",
        exp: atS + 300,
        ...claims,
      };
      return new SignJWT(payload as JWTPayload)
        .setProtectedHeader({ alg, kid })
        .sign(key);
    },
    stop,
    [Symbol.asyncDispose]: () => server.listening ? stop() : Promise.resolve(),
  };
  return provider;
}
