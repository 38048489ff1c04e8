/** What can be known to be wrong before the first row is asked: names, keys, the schema. Nothing is spent. */

import { loomError } from "../../errors/index.ts";
import type { Loom } from "../../index.ts";
import { nearest } from "../../util/nearest.ts";
import { answerSchema } from "./answer-schema.ts";
import { candidateOf } from "./ask-prompt.ts";
import type { AskSpec } from "./ask-spec.ts";

/**
 * @throws LoomError `model-not-found`, naming near providers; `key-missing`, naming the variables; `invalid-request`, for a
 * schema that cannot be checked and a prompt template without columns
 *
 * @param keys whether this process needs them
 */
export async function checkAsk(
  loom: Loom,
  spec: AskSpec,
  { keys }: { readonly keys: boolean } = { keys: true },
): Promise<void> {
  if (spec.schema !== undefined) await answerSchema(spec.schema).ready();
  await checkTarget(loom, spec.provider, spec.model, "--provider", keys);
  for (const name of spec.fallback ?? []) {
    const { provider = "", model = "" } = candidateOf(name);
    await checkTarget(loom, provider, model, "--fallback", keys);
  }
}

async function checkTarget(
  loom: Loom,
  provider: string,
  model: string,
  flag: string,
  keys: boolean,
): Promise<void> {
  const { providers, findTarget } = (await loom.engine()).opened;
  if (!providers.known(provider)) {
    const others = providers.ids().filter((id) => providers.known(id));
    const near = nearest(provider, others);
    const help = near.length > 0 ? `did you mean ${near.join(", ")}?` : `known are ${others.join(", ")}`;
    throw loomError("model-not-found", `${flag}: there is no provider "${provider}"; ${help}`, {
      suggestions: near,
    });
  }
  await findTarget({ provider, model }, { modality: "text", params: {} });
  if (!keys) return;
  const { names, origin, optional } = await providers.keyOrigin(provider);
  if (origin !== "missing" || optional) return;
  const named = flag === "--provider" ? "--api-key, " : "";
  throw loomError(
    "key-missing",
    `${flag} ${provider} needs a key: give ${named}${names.join(" or ")} in the environment or in .env`,
    { names, places: ["--api-key", "the environment and .env"] },
    { provider },
  );
}
