/** AWS credentials: Loom's environment first, then the SDK's own search; fetched once for everybody, and before they expire. */

import { type Clock, type Environment, LoomError, loomError } from "../../../src/plugin.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Gives credentials that are good for some minutes. Synchronous while they are. */
export type CredentialSource = () => Credentials | Promise<Credentials>;

/** Fetched anew this long before they expire. */
const marginMs = 5 * 60_000;

export interface CredentialPlace {
  readonly region: string | undefined;
  readonly profile: string | undefined;
}

export function credentialSource(
  environment: Environment,
  clock: Clock,
  place: CredentialPlace,
): CredentialSource {
  const profile = place.profile ?? environment.get("AWS_PROFILE");
  const own = profile === undefined ? ownCredentials(environment) : undefined;
  return own === undefined ? cached(() => search({ ...place, profile }), clock) : () => own;
}

/** Keeps what `fetch` gave until shortly before it expires. Callers that come meanwhile wait for the same fetch. */
export function cached(fetch: () => Promise<Credentials>, clock: Clock): CredentialSource {
  let kept: Credentials | undefined;
  let fetching: Promise<Credentials> | undefined;
  const leftMs = ({ expiration }: Credentials) =>
    expiration === undefined ? Infinity : expiration.getTime() - clock.now();

  return () => {
    if (kept !== undefined && leftMs(kept) > marginMs) return kept;
    fetching ??= fetch().then((fresh) => kept = fresh, (error) => {
      // Old ones that are still good bridge a metadata service that is down.
      if (kept !== undefined && leftMs(kept) > 0) return kept;
      throw error;
    }).finally(() => fetching = undefined);
    return fetching;
  };
}

function ownCredentials(environment: Environment): Credentials | undefined {
  const accessKeyId = environment.get("AWS_ACCESS_KEY_ID");
  const secretAccessKey = environment.get("AWS_SECRET_ACCESS_KEY");
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const sessionToken = environment.get("AWS_SESSION_TOKEN");
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

/** Amazon's standard search: environment, shared files, SSO, web identity, container, instance. */
async function search({ region, profile }: CredentialPlace): Promise<Credentials> {
  try {
    const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
    const provide = fromNodeProviderChain({
      ...(profile !== undefined && { profile }),
      ...(region !== undefined && { clientConfig: { region } }),
    });
    return await provide();
  } catch (cause) {
    throw missing(cause, profile);
  }
}

/** The SDK's error stays outside: it may hold what it found. Only its kind and its sentence are repeated. */
function missing(cause: unknown, profile: string | undefined): LoomError {
  if (LoomError.is(cause)) return cause;
  const { code, name, message } = cause as { code?: unknown; name?: unknown; message?: unknown };
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") {
    return loomError(
      "plugin-invalid",
      'provider "bedrock" needs the package @aws-sdk/credential-providers to find credentials; run: ' +
        "npm install @aws-sdk/credential-providers",
      { plugin: "provider/bedrock" },
    );
  }
  const whose = profile === undefined ? "" : ` for the profile "${profile}"`;
  const places = ["environment", "shared AWS files", "SSO", "web identity", "container", "instance"];
  return loomError(
    "key-missing",
    `Amazon Bedrock: no credentials were found${whose} (${String(name)}: ${
      String(message).slice(0, 200)
    }); ` +
      "set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile",
    { names: ["AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID"], places },
    { provider: "bedrock" },
  );
}
