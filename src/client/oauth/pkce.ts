/** Proof keys (RFC 7636): whoever redeems a login must be the one who began it. */

import { createHash, randomBytes } from "node:crypto";

/** One login. Keep it until its code comes back. */
export interface Pkce {
  /** Secret until the code is redeemed. */
  readonly verifier: string;
  /** Its SHA-256, which goes into the address. */
  readonly challenge: string;
  /** Comes back with the code, and shows that it belongs to this login. */
  readonly state: string;
}

/** A fresh verifier with its S256 challenge, and a fresh state: 256 random bits each. */
export function generatePkce(): Pkce {
  const verifier = randomBytes(32).toString("base64url");
  return {
    verifier,
    challenge: createHash("sha256").update(verifier).digest("base64url"),
    state: randomBytes(32).toString("base64url"),
  };
}
