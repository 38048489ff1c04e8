/** Where a call goes: rules first, then what the caller may say itself, then what the name means here. */

import type { Call, Candidate } from "../../contract/index.ts";
import { LoomError, loomError } from "../../errors/index.ts";
import { estimateInputTokens } from "../../util/estimate-input.ts";
import type { Asked } from "../format.ts";
import type { Headed } from "../http/exchange.ts";
import { allows } from "../keys/models.ts";
import type { Principal, RoutingRule } from "../options.ts";
import type { Candidates, ModelNames } from "./names.ts";
import { compileRules } from "./rules.ts";

/** Longer than the names of any vendor, those of Amazon and Google with their paths included. */
const maxNameChars = 512;

export type Route = (
  asked: Asked,
  principal: Principal,
  exchange: Headed,
) => Candidates | Promise<Candidates>;

export function createRoute(names: ModelNames, given: readonly RoutingRule[] | undefined): Route {
  const rules = compileRules(given);

  return (asked, principal, exchange) => {
    const { model, modality } = asked;
    if (model.length > maxNameChars) throw tooLongName(model);
    refuseForeign(principal, model);
    const ruled = rules?.({
      principal,
      tags: principal.tags ?? [],
      model,
      header: (name) => exchange.header(name),
      tokens: () => estimateInputTokens(asCall(asked)),
    });
    if (ruled !== undefined) return allOf(ruled, asked, names);
    const wanted = exchange.header("x-loom-provider");
    if (wanted === undefined) return names.candidates(model, modality);
    if (!principal.mayRoute) {
      throw loomError("permission-denied", "this key may not choose providers with x-loom-provider", {});
    }
    return overridden(wanted, asked, names);
  };
}

/** What the rule's names mean here, one after the other; names that mean nothing are passed over while another is left. */
async function allOf(ruled: readonly string[], { modality }: Asked, names: ModelNames): Promise<Candidates> {
  const found: Candidate[] = [];
  let fault: unknown;
  for (const name of ruled) {
    try {
      found.push(...await names.candidates(name, modality));
    } catch (error) {
      if (!LoomError.is(error, "model-not-found")) throw error;
      fault ??= error;
    }
  }
  const [first, ...rest] = found;
  if (first === undefined) throw fault;
  return [first, ...rest];
}

/** `openai` or `openai, anthropic`: the name's own targets at these providers, in this order. */
async function overridden(
  wanted: string,
  { model, modality }: Asked,
  names: ModelNames,
): Promise<Candidates> {
  const providers = wanted.split(",").map((name) => name.trim()).filter((name) => name !== "");
  const known = await names.candidates(model, modality);
  const [first, ...rest] = providers.map((provider) =>
    known.find((candidate) => candidate.provider === provider) ?? { provider, model }
  );
  if (first === undefined) {
    throw loomError("invalid-request", "x-loom-provider is empty; name a provider", {
      path: "x-loom-provider",
    });
  }
  return [first, ...rest];
}

function refuseForeign(principal: Principal, model: string): void {
  if (allows(principal, model)) return;
  throw loomError("permission-denied", `this key may not use the model "${model.slice(0, 200)}"`, {});
}

/** No model is called so, and names are remembered and quoted. */
function tooLongName(model: string): Error {
  return loomError(
    "model-not-found",
    `there is no model "${model.slice(0, 60)}…"; GET /v1/models lists what there is`,
    { suggestions: [] },
  );
}

function asCall({ call, modality, model }: Asked): Call {
  return { ...call, modality, candidates: [{ model }], useCache: false };
}
