/** The public keys of an identity provider: found, cached, and still good for a while when it cannot be reached. */

import type { JWTVerifyGetKey } from "jose";
import type { Clock } from "../../contract/index.ts";
import { LoomError, loomError } from "../../errors/index.ts";
import type { JwtOptions } from "../options.ts";
import { isSafeUrl } from "./check-jwt.ts";

type Jose = typeof import("jose");

/** What the provider's own answers may be delayed by. */
const timeoutMs = 5000;
/** How long a provider that failed is not asked again. */
const restMs = 5000;
/** How long keys are believed that the provider could not be asked about again: it may have taken them back. */
const maxKnownMs = 86_400_000;
const maxDocumentBytes = 256 * 1024;

/** Failures that are the token's, not the provider's. */
const tokenFaults = new Set([
  "ERR_JWKS_NO_MATCHING_KEY",
  "ERR_JWKS_MULTIPLE_MATCHING_KEYS",
  "ERR_JOSE_NOT_SUPPORTED",
]);

/** @throws (from the function it gives) LoomError `connection-failed` when the provider is needed and does not answer */
export function providerKeys(jose: Jose, options: JwtOptions, clock: Clock): JWTVerifyGetKey {
  let remote: Promise<ReturnType<Jose["createRemoteJWKSet"]>> | undefined;
  let known: ReturnType<Jose["createLocalJWKSet"]> | undefined;
  let knownAtMs = -Infinity;
  let failedAtMs = -Infinity;

  const keySet = () => {
    remote ??= jwksUrl(options).then((url) => jose.createRemoteJWKSet(url, { timeoutDuration: timeoutMs }));
    // A failed search is not kept.
    remote.catch(() => remote = undefined);
    return remote;
  };

  return async (header, token) => {
    if (clock.monotonic() - failedAtMs < restMs) return await fromKnown(header, token, undefined);
    try {
      const set = await keySet();
      const key = await set(header, token);
      const current = set.jwks();
      if (current !== undefined) known = jose.createLocalJWKSet(current);
      knownAtMs = clock.monotonic();
      return key;
    } catch (error) {
      if (tokenFaults.has((error as { readonly code?: string }).code ?? "")) throw error;
      failedAtMs = clock.monotonic();
      return await fromKnown(header, token, error);
    }
  };

  /** The keys that were read last. What they cannot decide is the provider's fault, not the token's. */
  async function fromKnown(
    header: Parameters<JWTVerifyGetKey>[0],
    token: Parameters<JWTVerifyGetKey>[1],
    cause: unknown,
  ) {
    try {
      if (known !== undefined && clock.monotonic() - knownAtMs < maxKnownMs) {
        return await known(header, token);
      }
    } catch (error) {
      if ((error as { readonly code?: string }).code !== "ERR_JWKS_NO_MATCHING_KEY") throw error;
    }
    throw unreachable(cause);
  }
}

async function jwksUrl({ issuer, jwksUrl }: JwtOptions): Promise<URL> {
  if (jwksUrl !== undefined) return new URL(jwksUrl);
  const address = `${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`;
  const answer = await fetch(address, {
    headers: { accept: "application/json" },
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await boundedText(answer);
  if (answer.status !== 200) throw new Error(`${address} answered with status ${answer.status}`);
  const { issuer: named, jwks_uri: found } = JSON.parse(text) as {
    readonly issuer?: unknown;
    readonly jwks_uri?: unknown;
  };
  if (named !== issuer) throw new Error(`${address} is the document of another issuer`);
  if (!isSafeUrl(found)) throw new Error(`${address} names no safe jwks_uri`);
  return new URL(found);
}

/** The signal of the request ends this, too. */
async function boundedText(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of answer.body ?? []) {
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    if (text.length > maxDocumentBytes) throw new Error("the discovery document is too large");
  }
  return text;
}

function unreachable(cause: unknown): LoomError {
  const reason = cause === undefined ? "it failed a moment ago" : (cause as Error).message;
  return loomError(
    "connection-failed",
    `the identity provider could not be asked about a token: ${reason}`,
    {},
    { status: 503, retryAfterMs: restMs, cause, recovery: "never" },
  );
}
