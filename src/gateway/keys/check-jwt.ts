/** Checks how tokens of an identity provider are to be judged. */

import type { JwtOptions } from "../options.ts";
import { isName, type KeyFault, unknownFields } from "./fault.ts";
import { limitFields, numberFaults } from "./check-limits.ts";

const fields: readonly (keyof JwtOptions)[] = [
  "issuer",
  "audience",
  "jwksUrl",
  "userClaim",
  "teamClaim",
  "limits",
  "models",
];

export function faultsOfJwt(path: string, jwt: JwtOptions): readonly KeyFault[] {
  if (typeof jwt !== "object" || jwt === null) return [{ path, problem: "must be { issuer, audience, … }" }];
  const faults = unknownFields(path, jwt, fields);
  const add = (field: string, problem: string) => faults.push({ path: `${path}.${field}`, problem });
  const { issuer, audience, jwksUrl, userClaim, teamClaim, limits, models } = jwt;
  if (!isSafeUrl(issuer)) add("issuer", "must be an https: URL (http: for this machine only)");
  // Without one, a token that was made for any other service of the same provider would be good here.
  if (!isName(audience)) add("audience", "must say whom the tokens are meant for");
  if (jwksUrl !== undefined && !isSafeUrl(jwksUrl)) {
    add("jwksUrl", "must be an https: URL (http: for this machine only)");
  }
  for (const [field, claim] of Object.entries({ userClaim, teamClaim })) {
    if (claim !== undefined && !isName(claim)) add(field, "must be the name of a claim");
  }
  if (models !== undefined && !(Array.isArray(models) && models.every(isName))) {
    add("models", "must be a list of names");
  }
  if (limits === undefined) return faults;
  if (typeof limits !== "object" || limits === null) add("limits", "must be an object of limits");
  else {
    faults.push(
      ...unknownFields(`${path}.limits`, limits, limitFields),
      ...numberFaults(`${path}.limits`, limits),
    );
  }
  return faults;
}

/** Whoever can change what is read from there can make keys, so it has to come over TLS or not leave the machine. */
export function isSafeUrl(value: unknown): value is string {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" ||
    protocol === "http:" && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
