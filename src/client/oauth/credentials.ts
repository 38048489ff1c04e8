/** Credentials that are not printed by accident. */

import type { OAuthCredentials } from "./types.ts";

const hidden = (): string => "OAuthCredentials [secret]";

/** Takes credentials over so that printing them shows nothing; storing them as JSON still does. */
export function hideCredentials(
  { accessToken, refreshToken, expiresAtMs }: OAuthCredentials,
): OAuthCredentials {
  const credentials = {
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  };
  for (const name of ["nodejs.util.inspect.custom", "Deno.customInspect"]) {
    Object.defineProperty(credentials, Symbol.for(name), { value: hidden });
  }
  Object.defineProperty(credentials, "toString", { value: hidden });
  return Object.freeze(credentials);
}

/** Whether what a store gave are credentials. */
export function areCredentials(value: unknown): value is OAuthCredentials {
  const { accessToken, refreshToken, expiresAtMs } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof accessToken === "string" && accessToken !== "" &&
    (refreshToken === undefined || typeof refreshToken === "string") &&
    (expiresAtMs === undefined || typeof expiresAtMs === "number");
}
