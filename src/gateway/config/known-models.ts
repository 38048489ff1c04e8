/** Holds names of models against the catalog: rules that lead nowhere, and models that only the vendor may know. */

import type { Catalog } from "../../catalog/index.ts";
import type { Modality } from "../../contract/index.ts";
import { nearest } from "../../util/nearest.ts";
import { wildcards } from "../../util/wildcard.ts";
import type { ConfigFault } from "./fault.ts";
import type { ProviderWritten } from "./provider-schema.ts";
import type { GatewayWritten } from "./schema.ts";
import { vendorOf } from "./to-loom.ts";

const modalities: readonly Modality[] = [
  "text",
  "embedding",
  "image",
  "speech",
  "transcription",
  "rerank",
  "moderation",
  "video",
];

/** `undefined`: the catalog has nothing of this vendor, so it cannot tell. */
async function knows(catalog: Catalog, vendor: string, model: string): Promise<boolean | undefined> {
  await catalog.ensure(vendor);
  if (modalities.some((modality) => catalog.find(vendor, modality, model) !== undefined)) return true;
  return (await catalog.models({ provider: vendor })).length === 0 ? undefined : false;
}

/**
 * Providers that the file asks for models the catalog does not have. Whoever writes such a name down means it, so these take
 * names that the catalog does not know.
 */
export async function openProviders(written: GatewayWritten, catalog: Catalog): Promise<readonly string[]> {
  const open: string[] = [];
  for (const provider of written.providers ?? []) {
    if (typeof provider.models === "string") continue;
    const mapped = Object.values(written.model_mapping ?? {}).flatMap((entry) =>
      Object.hasOwn(entry, provider.name) ? [entry[provider.name] ?? ""] : []
    );
    const named = [...provider.models ?? [], ...mapped].filter((model) => !model.includes("*"));
    for (const model of named) {
      if (await knows(catalog, vendorOf(provider), model) !== false) continue;
      open.push(provider.name);
      break;
    }
  }
  return open;
}

/** Rules whose targets no configured provider has. */
export async function ruleTargetFaults(
  written: GatewayWritten,
  catalog: Catalog,
): Promise<readonly ConfigFault[]> {
  const { providers, routing, model_mapping: mapping = {} } = written;
  if (providers === undefined) return [];
  const faults: ConfigFault[] = [];
  for (const [index, { use }] of (routing?.rules ?? []).entries()) {
    for (const [position, target] of [use].flat().entries()) {
      if (Object.hasOwn(mapping, target) || await isServed(target, providers, catalog)) continue;
      const steps = ["ai_gateway", "routing", "rules", index, "use"];
      const [near] = nearest(target, [...Object.keys(mapping), ...providers.flatMap(namesOf)], 1);
      const hint = near === undefined ? "" : `; did you mean ${near}?`;
      faults.push({
        steps: typeof use === "string" ? steps : [...steps, position],
        problem: `"${target}" is no model of a configured provider${hint}`,
      });
    }
  }
  return faults;
}

async function isServed(
  target: string,
  providers: readonly ProviderWritten[],
  catalog: Catalog,
): Promise<boolean> {
  const prefix = target.slice(0, Math.max(0, target.indexOf("/")));
  for (const provider of providers) {
    const { name, models } = provider;
    if (name === prefix) return true;
    if (models === "open" || wildcards(namesOf(provider))(target)) return true;
    if (typeof models === "object") continue;
    if (await knows(catalog, vendorOf(provider), target) !== false) return true;
  }
  return false;
}

function namesOf({ models, deployments = {} }: ProviderWritten): readonly string[] {
  return [...typeof models === "object" ? models : [], ...Object.keys(deployments)];
}
