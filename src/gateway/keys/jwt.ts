/** Callers with a token of an identity provider: it is verified once, and then known by its hash until it ends. */

import type { JWTPayload } from "jose";
import { LRUCache } from "lru-cache";
import type { Clock } from "../../contract/index.ts";
import { LoomError } from "../../errors/index.ts";
import type { JwtOptions, Principal } from "../options.ts";
import { isName } from "./fault.ts";
import { providerKeys } from "./jwks.ts";
import { refused } from "./presented.ts";
import type { MakePrincipal } from "./principal.ts";

export interface TokenJudge {
  /** @param digest of the token, under which it is remembered */
  find(token: string, digest: string): Principal | Promise<Principal>;
  /** How many tokens are remembered. */
  readonly size: number;
}

/** With public keys only: a shared secret, or none, would let anybody sign who knows what everybody may know. */
const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
const toleranceS = 30;
const maxTokenLength = 16_384;
const maxRemembered = 10_000;
/** Verified tokens are verified again after this long, so that keys that the provider took back end soon. */
const rememberMs = 300_000;

interface Remembered {
  readonly principal: Principal;
  readonly untilMs: number;
}

export function looksLikeToken(secret: string): boolean {
  const first = secret.indexOf(".");
  if (first === -1) return false;
  const second = secret.indexOf(".", first + 1);
  return second !== -1 && secret.indexOf(".", second + 1) === -1;
}

export async function createTokenJudge(
  options: JwtOptions,
  clock: Clock,
  principalOf: MakePrincipal,
): Promise<TokenJudge> {
  const jose = await import("jose");
  const keys = providerKeys(jose, options, clock);
  const remembered = new LRUCache<string, Remembered>({ max: maxRemembered });

  async function verify(token: string, digest: string): Promise<Principal> {
    if (token.length > maxTokenLength) throw refused("the token is too long");
    const nowMs = clock.now();
    let payload: JWTPayload;
    try {
      ({ payload } = await jose.jwtVerify(token, keys, {
        issuer: options.issuer,
        audience: options.audience,
        algorithms,
        clockTolerance: toleranceS,
        currentDate: new Date(nowMs),
        requiredClaims: ["exp"],
      }));
    } catch (error) {
      throw LoomError.is(error) ? error : refused(`the token was refused: ${reasonOf(error)}`);
    }
    const principal = principalOfClaims(payload, options, principalOf);
    const untilMs = Math.min((payload.exp ?? 0) * 1000, nowMs + rememberMs);
    if (untilMs > nowMs) remembered.set(digest, { principal, untilMs });
    return principal;
  }

  return {
    find(token, digest) {
      const known = remembered.get(digest);
      if (known === undefined) return verify(token, digest);
      if (clock.now() < known.untilMs) return known.principal;
      remembered.delete(digest);
      return verify(token, digest);
    },
    get size() {
      return remembered.size;
    },
  };
}

function principalOfClaims(
  payload: JWTPayload,
  { userClaim = "sub", teamClaim = "team", limits, models }: JwtOptions,
  principalOf: MakePrincipal,
): Principal {
  const user = payload[userClaim];
  if (!isName(user)) {
    throw refused(`the token does not say who it is for; its claim ${userClaim} must be a name`);
  }
  // Groups come as lists: the first stands for the caller, and the limits of all of them hold.
  const named = payload[teamClaim];
  const teams = (Array.isArray(named) ? named : [named]).filter(isName);
  const [team] = teams;
  const settings = {
    user,
    ...(team !== undefined && { team }),
    ...(models !== undefined && { models }),
    ...limits,
  };
  return principalOf(`jwt:${user}`, settings, teams);
}

/** In words of our own: jose's hold nothing of the token today, and nobody has to rely on that. */
function reasonOf(error: unknown): string {
  const { code, claim } = error as { readonly code?: string; readonly claim?: string };
  if (code === "ERR_JWT_EXPIRED") return "it has expired";
  if (code === "ERR_JWT_CLAIM_VALIDATION_FAILED") return `its claim ${claim ?? "?"} is not as required`;
  if (code === "ERR_JWS_SIGNATURE_VERIFICATION_FAILED") return "its signature is wrong";
  if (code === "ERR_JWKS_NO_MATCHING_KEY") return "the identity provider has no such key";
  if (code === "ERR_JWKS_MULTIPLE_MATCHING_KEYS") return "it does not say by which key it was signed";
  if (code === "ERR_JOSE_ALG_NOT_ALLOWED") return "its algorithm is not allowed";
  return "it is malformed";
}
