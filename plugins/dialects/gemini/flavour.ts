/** The two services that speak this format, the Developer API and Vertex AI, and where they differ. */

import type { Attempting, Manifest } from "../../../src/plugin.ts";

export interface Flavour {
  /** Vertex AI, by project or in express mode. Told by a base URL that ends in `/publishers/google`. */
  readonly vertex: boolean;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** On Vertex: `projects/P/locations/L`, which stands before the names of everything there. */
  readonly parent: string | undefined;
  /** On Vertex: the address of `parent`, as a whole URL. */
  readonly parentUrl: string | undefined;
}

export function flavourOf({ baseUrl }: Manifest): Flavour {
  const url = baseUrl.replace(/\/+$/, "");
  const vertex = /\/publishers\/[^/]+$/.test(url);
  const found = /^(.*\/(projects\/[^/]+\/locations\/[^/]+))\/publishers\/[^/]+$/.exec(url);
  return { vertex, baseUrl: url, parent: found?.[2], parentUrl: found?.[1] };
}

/** `/models/gemini-2.5-pro:verb`; a name that says its collection (`tunedModels/x`) keeps it. */
export function modelPath({ target }: Attempting, verb: string): string {
  return `/${modelName(target.upstreamModel).split("/").map(encodeURIComponent).join("/")}:${verb}`;
}

/** `models/gemini-2.5-pro`, as the Developer API names it inside bodies. */
export function modelName(upstreamModel: string): string {
  return /^(models|tunedModels)\//.test(upstreamModel) ? upstreamModel : `models/${upstreamModel}`;
}

/** A model's name in bodies of this service. */
export function resourceName(upstreamModel: string, { parent }: Flavour): string {
  const name = modelName(upstreamModel);
  return parent === undefined ? name : `${parent}/publishers/google/${name}`;
}
