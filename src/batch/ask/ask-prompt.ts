/** Asks one prompt as a job says: of its model, and of its fallbacks in their order when that fails. */

import type { GenerateRequest, Loom, RoutedRequest, RouterCandidate, TextResult } from "../../index.ts";
import { Router } from "../../index.ts";
import { answerSchema } from "./answer-schema.ts";
import type { AskSpec } from "./ask-spec.ts";

/** @throws LoomError, whatever it was; `verdictOf` says whose failure it is */
export type AskPrompt = (prompt: string, signal: AbortSignal) => Promise<TextResult>;

/** Made once per job. @throws LoomError `config-invalid` */
export function askPrompt(loom: Loom, spec: AskSpec): AskPrompt {
  const { provider, model, fallback = [] } = spec;
  const shared = sharedRequest(spec);
  if (fallback.length === 0) {
    return (prompt, signal) => text(loom.generate({ ...shared, provider, model, prompt, signal }));
  }
  const router = new Router({ candidates: [{ provider, model }, ...fallback.map(candidateOf)] });
  return (prompt, signal) => {
    const request: RoutedRequest = { ...shared, prompt, signal };
    return text(loom.route(router, request));
  };
}

/** What all rows have in common, for live calls and for batches of vendors. */
export function sharedRequest(
  { system, schema, params }: Pick<AskSpec, "system" | "schema" | "params">,
): Omit<GenerateRequest, "provider" | "model" | "prompt"> {
  return {
    useCache: false,
    ...system === undefined ? {} : { system },
    ...schema === undefined ? {} : { output: { schema: answerSchema(schema), name: "row" } },
    ...params === undefined ? {} : { params },
  };
}

/** `openrouter/openai/gpt-4o-mini`: up to the first slash it is the provider. */
export function candidateOf(name: string): Extract<RouterCandidate, { readonly provider?: string }> {
  const slash = name.indexOf("/");
  return { provider: name.slice(0, slash), model: name.slice(slash + 1) };
}

/** Requests without a modality are answered with text. */
async function text(result: Promise<unknown>): Promise<TextResult> {
  return await result as TextResult;
}
