/** Where the key of an account comes from. */

import type { Attempting } from "../../contract/context.ts";
import type { Provider } from "../../contract/provider.ts";
import type { Secret } from "../../contract/secret.ts";
import type { Keys } from "../../contract/services.ts";
import { LoomError, loomError } from "../../errors/index.ts";
import { oauthTokens } from "../oauth/tokens.ts";
import type { OAuthServices } from "../oauth/types.ts";
import { hideSecret } from "../secret.ts";
import { type AccountCredentials, type AccountOptions, givesTokens } from "./options.ts";

export interface KeySource {
  /** Names it is looked for under; none when it was given in code. */
  readonly names: readonly string[];
  key(ctx: Pick<Attempting, "signal">): Secret | undefined | Promise<Secret | undefined>;
  /** The vendor refused it. True: another one may be there now. */
  rejected(): boolean;
}

/** The key of an account of `provider`. */
export function accountKey(
  provider: string,
  name: string,
  { apiKey, apiKeyEnv, oauth }: AccountOptions,
  { keys, ...services }: { readonly keys: Keys } & OAuthServices,
): KeySource {
  if (apiKey !== undefined) return fixedKey(apiKey);
  if (oauth !== undefined) {
    return tokenKey(provider, name, givesTokens(oauth) ? oauth : oauthTokens(oauth, services));
  }
  return foundKey(provider, { names: [apiKeyEnv as string] }, keys);
}

/** The key of a provider without accounts: the one that was given, or the one its vendor's standard names lead to. */
export function providerKey(
  provider: string,
  need: Provider["key"],
  apiKey: string | undefined,
  keys: Keys,
): KeySource {
  if (apiKey !== undefined) return fixedKey(apiKey);
  if (need === undefined) return { names: [], key: () => undefined, rejected: () => false };
  return foundKey(provider, need, keys);
}

function fixedKey(text: string): KeySource {
  const secret = hideSecret(text);
  return { names: [], key: () => secret, rejected: () => false };
}

function foundKey(
  provider: string,
  { names, optional = false }: NonNullable<Provider["key"]>,
  keys: Keys,
): KeySource {
  const want = { provider, optional };
  return { names, key: () => keys.find(names, want), rejected: () => keys.reject(names) };
}

function tokenKey(provider: string, name: string, oauth: AccountCredentials): KeySource {
  return {
    names: [],
    async key({ signal }) {
      let token: unknown;
      try {
        token = await oauth.token(signal);
      } catch (cause) {
        if (LoomError.is(cause)) throw cause;
        throw missing("its token could not be had", cause);
      }
      if (typeof token === "string" && token !== "") return hideSecret(token, "bearer");
      if (isSecret(token)) return token.scheme === "bearer" ? token : hideSecret(token.reveal(), "bearer");
      throw missing("token() gave no token");
    },
    rejected: () => oauth.rejected?.() ?? false,
  };

  function missing(problem: string, cause?: unknown): LoomError {
    const data = { names: [], places: ["oauth"] };
    return loomError("key-missing", `account "${name}" of ${provider}: ${problem}`, data, {
      provider,
      cause,
    });
  }
}

function isSecret(value: unknown): value is Secret {
  return typeof (value as Secret | undefined)?.reveal === "function";
}
