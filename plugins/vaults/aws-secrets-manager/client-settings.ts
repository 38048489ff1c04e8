/** How Amazon's client is set up: Loom's environment, `.env` included, comes before the SDK's own search. */

import type { SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import type { Environment } from "../../../src/plugin.ts";
import type { AwsSecretsManagerOptions } from "./options.ts";

/** Loom retries a vault that is down by itself; one more attempt bridges a broken connection. */
const maxAttempts = 2;

export function clientSettings(
  { region, endpoint, profile }: AwsSecretsManagerOptions,
  environment: Environment,
): SecretsManagerClientConfig {
  const chosenRegion = region ?? environment.get("AWS_REGION") ?? environment.get("AWS_DEFAULT_REGION");
  const chosenProfile = profile ?? environment.get("AWS_PROFILE");
  const credentials = chosenProfile === undefined ? credentialsOf(environment) : undefined;
  return {
    maxAttempts,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    ...(chosenRegion === undefined ? {} : { region: chosenRegion }),
    ...(chosenProfile === undefined ? {} : { profile: chosenProfile }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

function credentialsOf(environment: Environment): SecretsManagerClientConfig["credentials"] {
  const accessKeyId = environment.get("AWS_ACCESS_KEY_ID");
  const secretAccessKey = environment.get("AWS_SECRET_ACCESS_KEY");
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const sessionToken = environment.get("AWS_SESSION_TOKEN");
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
