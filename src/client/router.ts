/** Routers: an ordered list of candidates, with a validator that may turn an answer down. */

import type { Accept, Candidate, Modality } from "../contract/call.ts";
import type { Params } from "../contract/message.ts";
import { loomError } from "../errors/index.ts";
import { modalities } from "../util/modalities.ts";

/** One candidate: `["openai", "text", "gpt-4o-mini"]`, with params as a fourth entry, or an object. */
export type RouterCandidate = readonly [string, Modality, string, Params?] | Candidate | string;

export interface RouterOptions {
  /** Best first, or cheapest first. A string is `provider/model`. */
  readonly candidates: readonly RouterCandidate[];
  /** `true` takes the answer; `false` or a string (the reason) turns it down and asks the next candidate. */
  readonly validator?: (result: never) => boolean | string | Promise<boolean | string>;
}

/**
 * Where a call may go, in order.
 *
 * @example
 * ```ts
 * import { Loom, Router, type TextResult } from "loom-router";
 * const router = new Router({
 *   candidates: [["sandbox", "text", "sandbox-small"], ["sandbox", "text", "sandbox-large", { temperature: 0 }]],
 *   validator: (result: TextResult) => result.text.length > 4,
 * });
 * await using loom = new Loom();
 * const result = await loom.route(router, { prompt: "Hello." });
 * console.log(result.router?.used); // sandbox/sandbox-small
 * ```
 */
export class Router {
  readonly candidates: readonly [Candidate, ...Candidate[]];
  readonly validator: Accept | undefined;
  /** Set by `Router.failover`: the rest of the candidates come from the catalog's equivalence map. */
  readonly withEquivalents: boolean;

  /** @throws LoomError `config-invalid`, naming the candidate */
  constructor(options: RouterOptions) {
    this.candidates = checked(options?.candidates);
    this.validator = options.validator as Accept | undefined;
    if (this.validator !== undefined && typeof this.validator !== "function") {
      throw invalid(
        "validator",
        "must be a function that takes a result and returns true, false or a reason",
      );
    }
    this.withEquivalents = false;
  }

  /**
   * A router that falls through the catalog's equivalents of a model when its vendor fails. Candidates whose key is missing
   * are left behind like any other that fails.
   */
  static failover(candidate: Candidate & { readonly model: string }): Router {
    const router = new Router({ candidates: [candidate] });
    return Object.assign(Object.create(Router.prototype) as Router, router, { withEquivalents: true });
  }
}

function checked(candidates: unknown): readonly [Candidate, ...Candidate[]] {
  if (!Array.isArray(candidates)) throw invalid("candidates", "must be a list");
  const [first, ...rest] = candidates.map((one: RouterCandidate, index) =>
    normal(one, `candidates[${index}]`)
  );
  if (first === undefined) throw invalid("candidates", "is empty");
  return [first, ...rest];
}

const fields = ["provider", "modality", "model", "params"];

function normal(candidate: RouterCandidate, path: string): Candidate {
  if (typeof candidate === "string") {
    if (candidate === "") throw invalid(path, 'is empty; write "provider/model"');
    return { model: candidate };
  }
  if (Array.isArray(candidate)) {
    const [provider, modality, model, params] = candidate as readonly [string, Modality, string, Params?];
    if (typeof provider !== "string" || typeof modality !== "string" || typeof model !== "string") {
      throw invalid(path, "must be [provider, modality, model] or [provider, modality, model, params]");
    }
    return checkedFields({ provider, modality, model, ...(params === undefined ? {} : { params }) }, path);
  }
  const object = candidate as Candidate;
  if (typeof object !== "object" || object === null || typeof object.model !== "string") {
    throw invalid(path, 'must be { provider, modality, model, params }, a tuple, or "provider/model"');
  }
  const unknown = Object.keys(object).find((field) => !fields.includes(field));
  if (unknown !== undefined) {
    throw invalid(
      `${path}.${unknown}`,
      `is not known; fields are ${fields.join(", ")}, vendor params go into params`,
    );
  }
  return checkedFields(object, path);
}

function checkedFields(candidate: Candidate, path: string): Candidate {
  const { provider, modality, params } = candidate;
  if (provider !== undefined && typeof provider !== "string") {
    throw invalid(`${path}.provider`, "must be a string");
  }
  if (modality !== undefined && !modalities.includes(modality)) {
    throw invalid(path, `has the modality "${modality}", which must be one of ${modalities.join(", ")}`);
  }
  if (params !== undefined && (typeof params !== "object" || params === null || Array.isArray(params))) {
    throw invalid(`${path}.params`, "must be an object of vendor params, such as { temperature: 0.2 }");
  }
  return candidate;
}

function invalid(path: string, problem: string): Error {
  return loomError("config-invalid", `Router ${path} ${problem}`, { path });
}
