/** How Google's client is set up, and the part of it that is used. */

import type { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { loomError } from "../../../src/plugin.ts";

export type Client = Pick<
  SecretManagerServiceClient,
  "initialize" | "getProjectId" | "accessSecretVersion" | "close"
>;

type ClientOptions = NonNullable<ConstructorParameters<typeof SecretManagerServiceClient>[0]>;

export interface Endpoint {
  readonly protocol: "http" | "https";
  /** Absent: the client's own. */
  readonly host?: string;
  readonly port: number;
}

/** @throws LoomError `config-invalid` for an address without TLS that is not on this machine: tokens go there */
export function endpointOf(endpoint: string | undefined, location: string | undefined): Endpoint {
  if (endpoint === undefined) {
    const host = location === undefined ? {} : { host: `secretmanager.${location}.rep.googleapis.com` };
    return { protocol: "https", port: 443, ...host };
  }
  const { protocol, hostname, port } = new URL(endpoint);
  if (protocol === "https:") return { protocol: "https", host: hostname, port: Number(port || 443) };
  if (hostname !== "localhost" && hostname !== "[::1]" && !/^127(?:\.\d{1,3}){3}$/.test(hostname)) {
    throw loomError("config-invalid", `vault gcp-secret-manager: ${endpoint} has no TLS; use https`, {
      path: "vault.endpoint",
    });
  }
  return { protocol: "http", host: hostname, port: Number(port || 80) };
}

/**
 * @param project when it is known, the client does not ask around for it, which with federated credentials takes a request
 *
 * REST rather than gRPC: one connection more or less does not matter here, and gRPC needs more of a runtime.
 */
export function clientOptions(
  { protocol, host, port }: Endpoint,
  project: string | undefined,
): ClientOptions {
  return {
    fallback: true,
    protocol,
    port,
    ...(project === undefined ? {} : { projectId: project }),
    ...(host === undefined ? {} : { apiEndpoint: host }),
  } as ClientOptions;
}
