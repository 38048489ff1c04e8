/** The credential that asks Entra for tokens, through Microsoft's own package. */

import type { FetchToken } from "./tokens.ts";

export interface EntraOptions {
  readonly tenantId?: string | undefined;
  /** Of an application, with `clientSecret`; of a managed identity, without. */
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** What the token is for. Default `https://cognitiveservices.azure.com/.default`. */
  readonly scope?: string | undefined;
}

const defaultScope = "https://cognitiveservices.azure.com/.default";

/** Without a secret, whatever the machine is logged in with: environment, workload or managed identity, the Azure CLI. */
export async function entraTokens(options: EntraOptions): Promise<FetchToken> {
  const { ClientSecretCredential, DefaultAzureCredential } = await import("@azure/identity");
  const { tenantId, clientId, clientSecret, scope = defaultScope } = options;
  const credential = tenantId !== undefined && clientId !== undefined && clientSecret !== undefined
    ? new ClientSecretCredential(tenantId, clientId, clientSecret)
    : new DefaultAzureCredential({
      ...(tenantId !== undefined && { tenantId }),
      ...(clientId !== undefined &&
        { managedIdentityClientId: clientId, workloadIdentityClientId: clientId }),
    });
  return (abortSignal) => credential.getToken(scope, { abortSignal });
}
