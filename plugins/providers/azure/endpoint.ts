/** Where a resource is: its address and the version of the API, and the paths that follow from the two. */

import { type Environment, loomError, type WireRequest } from "../../../src/plugin.ts";

export interface EndpointOptions {
  readonly endpoint?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly apiVersion?: string | undefined;
}

export interface Endpoint {
  readonly baseUrl: string;
  /** It is the API of dated versions. */
  readonly classic: boolean;
  /** Gives a request the path that this resource knows, and the version. */
  place(request: WireRequest, deployment: string): WireRequest;
}

/** Calls that stand under their deployment in the classic API; the others stand beside the deployments. */
const underDeployment = /^\/(completions|chat\/completions|embeddings|audio\/|images\/)/;
/** Dated versions are those of the classic API; `preview`, `latest` and `v1` are stages of the v1 API. */
const dated = /^\d{4}-\d{2}-\d{2}(-preview)?$/;

/** @throws LoomError `config-invalid`, when there is no address, or one that is not safe to send a key to */
export function endpointOf(options: EndpointOptions, environment: Environment): Endpoint {
  const root = rootOf(options, environment);
  const version = options.apiVersion ?? environment.get("OPENAI_API_VERSION") ??
    environment.get("AZURE_API_VERSION");
  if (version !== undefined && !/^[\w.-]+$/.test(version)) {
    throw invalid("apiVersion", `"${version}" is no version; write 2024-10-21, preview, or nothing`);
  }
  const query = version === undefined ? "" : `api-version=${version}`;
  if (version === undefined || !dated.test(version)) {
    return { baseUrl: `${root}/openai/v1`, classic: false, place: (request) => withQuery(request, query) };
  }
  return {
    baseUrl: `${root}/openai`,
    classic: true,
    place(request, deployment) {
      if (!underDeployment.test(request.path)) return withQuery(request, query);
      const path = `/deployments/${encodeURIComponent(deployment)}${request.path}`;
      return withQuery({ ...request, path }, query);
    },
  };
}

function withQuery(request: WireRequest, query: string): WireRequest {
  // A whole address is one that the service itself has given.
  if (query === "" || !request.path.startsWith("/")) return request;
  return { ...request, path: `${request.path}${request.path.includes("?") ? "&" : "?"}${query}` };
}

/** The address without what every path begins with: people copy it with and without. */
function rootOf({ endpoint, baseUrl }: EndpointOptions, environment: Environment): string {
  const given = endpoint ?? baseUrl ?? environment.get("AZURE_OPENAI_ENDPOINT") ??
    environment.get("AZURE_API_BASE") ?? fromName(environment.get("AZURE_RESOURCE_NAME"));
  if (given === undefined) {
    throw invalid(
      "endpoint",
      "is missing: set it, or AZURE_OPENAI_ENDPOINT, to your resource's address, such as " +
        "https://my-resource.openai.azure.com",
    );
  }
  if (!URL.canParse(given)) throw invalid("endpoint", `"${given}" is not an address`);
  const { protocol, origin, pathname, username, password, hostname } = new URL(given);
  if (username !== "" || password !== "") {
    throw invalid("endpoint", "must not hold a user name or password");
  }
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback(hostname))) {
    throw invalid("endpoint", `${protocol} would send the key in the clear; write https:`);
  }
  return origin + pathname.replace(/\/+$/, "").replace(/\/openai(\/v1)?$/, "");
}

function fromName(name: string | undefined): string | undefined {
  if (name === undefined || name === "") return undefined;
  if (!/^[a-zA-Z0-9-]+$/.test(name)) throw invalid("AZURE_RESOURCE_NAME", `"${name}" is no resource's name`);
  return `https://${name}.openai.azure.com`;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname);
}

function invalid(path: string, problem: string): Error {
  return loomError("config-invalid", `azure: ${path} ${problem}`, { path });
}
