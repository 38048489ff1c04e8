/** `api/whatif`: what the recorded traffic of a period would have cost on other models of the catalog. */

import { type Catalog, reprice } from "../../catalog/index.ts";
import { whatIf } from "../../client/what-if.ts";
import type { Modality, TimeSpan } from "../../contract/index.ts";
import { loomError } from "../../errors/index.ts";
import { modalities } from "../../util/modalities.ts";
import type { DashboardSource } from "../source.ts";
import { wrong } from "./parameters.ts";

const maxModels = 10;
const longestName = 200;

/** `model=a/b,c/d`, also more than once. */
export function readModels(query: URLSearchParams): readonly string[] {
  const names = query.getAll("model").flatMap((text) => text.split(",")).map((name) => name.trim());
  const models = [...new Set(names)].filter((name) => name !== "");
  if (models.length === 0) {
    throw wrong("model", "is missing; name models as provider/model, with commas between them");
  }
  if (models.length > maxModels) throw wrong("model", `names more than ${maxModels} models`);
  if (models.some(({ length }) => length > longestName)) throw wrong("model", "is too long");
  return models;
}

export function readModality(query: URLSearchParams): Modality {
  const given = query.get("modality") ?? "text";
  const found = modalities.find((one) => one === given);
  if (found !== undefined) return found;
  throw wrong("modality", `must be one of ${modalities.join(", ")}`);
}

/**
 * Money in USD; `null`: not known. Each model that was used comes with what its calls `would` have cost on the others.
 *
 * @throws LoomError `unsupported` without a Loom; `model-not-found`, with near names
 */
export async function repricedTraffic(
  source: DashboardSource,
  span: TimeSpan,
  models: readonly string[],
  modality: Modality,
): Promise<object> {
  const loom = source.loom();
  if (loom === undefined) {
    throw loomError("unsupported", "this dashboard has no Loom, so that it knows no prices", {
      feature: "whatif",
    });
  }
  const { catalog } = loom;
  const found = await whatIf(await source.history(), catalog, { span, models, modality });
  const paidUsd = found.costNanoUsd / 1e9;
  return {
    ...span,
    modality,
    requests: found.requests,
    costUsd: paidUsd,
    unpriced: found.unpriced,
    rows: found.used.map(({ name, costNanoUsd, ...sums }) => ({
      model: name,
      requests: sums.requests,
      inputTokens: sums.inputTokens,
      cachedTokens: sums.cachedTokens,
      outputTokens: sums.outputTokens,
      costUsd: costNanoUsd / 1e9,
      unpriced: sums.unpriced,
      would: found.models.map((model) =>
        usdOf(reprice(sums, priceOf(catalog, model.name, modality)).nanoUsd)
      ),
    })),
    candidates: found.models.map(({ name, nanoUsd, reason, deprecated }) => ({
      model: name,
      costUsd: usdOf(nanoUsd),
      differenceUsd: nanoUsd === null ? null : nanoUsd / 1e9 - paidUsd,
      unknown: reason,
      deprecated,
    })),
  };
}

/** @param name `provider/model` of a model that was found before, so that its vendor is there */
function priceOf(catalog: Catalog, name: string, modality: Modality) {
  const slash = name.indexOf("/");
  return catalog.find(name.slice(0, slash), modality, name.slice(slash + 1))?.price;
}

function usdOf(nanoUsd: number | null): number | null {
  return nanoUsd === null ? null : nanoUsd / 1e9;
}
