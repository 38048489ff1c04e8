/** Where Vertex AI is asked: one host per kind of location, then project, location and publisher in the path. */

import type { Environment } from "../../../src/plugin.ts";

export interface Addresses {
  readonly google: string;
  readonly anthropic: string;
  /** Open models behind OpenAI's wire format. */
  readonly open: string;
}

interface Place {
  readonly location?: string | undefined;
  readonly apiVersion?: "v1" | "v1beta1" | undefined;
  readonly baseUrl?: string | undefined;
}

export function addressesOf(project: string, options: Place, environment: Environment): Addresses {
  const location = options.location ?? environment.get("GOOGLE_CLOUD_LOCATION") ??
    environment.get("CLOUD_ML_REGION") ?? "global";
  const version = options.apiVersion ?? "v1";
  const own = options.baseUrl ?? withVersion(environment.get("GOOGLE_VERTEX_BASE_URL"), version);
  const base = (own ?? `https://${hostOf(location)}/${version}`).replace(/\/+$/, "");
  const parent = `${base}/projects/${project}/locations/${location}`;
  return {
    google: `${parent}/publishers/google`,
    anthropic: `${parent}/publishers/anthropic`,
    open: `${parent}/endpoints/openapi`,
  };
}

/** Google's own variable names the host alone. */
function withVersion(url: string | undefined, version: string): string | undefined {
  return url === undefined ? undefined : `${url.replace(/\/+$/, "")}/${version}`;
}

export function hostOf(location: string): string {
  if (location === "global") return "aiplatform.googleapis.com";
  if (location === "us" || location === "eu") return `aiplatform.${location}.rep.googleapis.com`;
  return `${location}-aiplatform.googleapis.com`;
}
