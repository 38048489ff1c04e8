/** `loom models`: which models there are, what they can do and what they cost. */

import type { Command } from "commander";
import type { Modality } from "../contract/call.ts";
import type { ModelEntry } from "../contract/catalog.ts";
import { Loom } from "../client/loom.ts";
import { loomError } from "../errors/index.ts";
import { modalities } from "../util/modalities.ts";
import { nearest } from "../util/nearest.ts";
import { modelJson } from "./model-json.ts";
import { modelTable } from "./model-table.ts";
import { print } from "./print.ts";

interface ModelsOptions {
  readonly config?: string;
  readonly provider?: string;
  readonly modality?: string;
  readonly json?: boolean;
}

export function modelsCommand(program: Command): void {
  program.command("models")
    .description("list the models of the catalog, with context, prices and capabilities")
    .option("-p, --provider <id>", "only the models of this provider")
    .option("-m, --modality <name>", `only these: ${modalities.join(", ")}`)
    .option("-c, --config <file>", "a loom.yaml, whose catalog and providers count too")
    .option("--json", "print JSON")
    .action(async (options: ModelsOptions) => {
      const modality = modalityOf(options.modality);
      await using loom = options.config === undefined
        ? Loom.fromEnv()
        : await Loom.fromConfig(options.config);
      const models = await list(loom, options.provider, modality);
      const today = new Date().toISOString().slice(0, 10);
      await print(
        options.json
          ? JSON.stringify(models.map((entry) => modelJson(entry, today)), null, 2) + "\n"
          : modelTable(models, today),
      );
    });
}

/**
 * The models of one provider or of all, in catalog order. A provider that serves another vendor's models has those; one
 * that takes any name may have none.
 *
 * @throws LoomError `model-not-found` with near names, when there is no such provider
 */
export async function list(
  loom: Loom,
  provider: string | undefined,
  modality: Modality | undefined,
): Promise<readonly ModelEntry[]> {
  const wanted = modality === undefined ? {} : { modality };
  if (provider === undefined) return await loom.models(wanted);
  const { opened: { catalog, providers } } = await loom.engine();
  await catalog.load();
  const listed = catalog.providers();
  if (!listed.includes(provider) && !providers.known(provider)) {
    const near = nearest(provider, new Set([...providers.ids(), ...listed]));
    const help = near.length === 0 ? "`loom models` lists all" : `did you mean ${near.join(" or ")}?`;
    throw loomError("model-not-found", `there is no provider "${provider}"; ${help}`, { suggestions: near });
  }
  const vendor = providers.known(provider) ? await vendorOf(loom, provider) : provider;
  const models = await loom.models({ ...wanted, provider: vendor });
  // Under the name that callers of this provider use.
  return vendor === provider ? models : models.map((entry) => ({ ...entry, provider }));
}

/** The vendor whose models a provider serves. One that cannot be made here still has a list of its own. */
async function vendorOf(loom: Loom, provider: string): Promise<string> {
  const { opened: { catalog, providers } } = await loom.engine();
  return catalog.providers().includes(provider) ? provider : (await providers.get(provider)).vendor;
}

/** @throws LoomError `invalid-request` */
function modalityOf(given: string | undefined): Modality | undefined {
  if (given === undefined) return undefined;
  const modality = modalities.find((one) => one === given);
  if (modality !== undefined) return modality;
  const near = nearest(given, modalities, 1)[0];
  const help = near === undefined ? `known: ${modalities.join(", ")}` : `did you mean ${near}?`;
  throw loomError("invalid-request", `--modality: there is no modality "${given}"; ${help}`, {
    path: "modality",
  });
}
