/** Two ways to count a dataset: the vendor's own count, and the tokenizer of this machine. */

import { loomError } from "../../errors/index.ts";
import { checkAsk } from "../ask/check-ask.ts";
import type { AskSpec } from "../ask/ask-spec.ts";
import { checkColumns } from "../ask/prompt-of.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { openDataset } from "../dataset/open-dataset.ts";
import { concurrency } from "../live/concurrency.ts";
import { watchHeaders } from "../live/watch-headers.ts";
import type { RunServices } from "../run-services.ts";
import { countPrompts } from "./count-prompts.ts";
import { requestTokens } from "./request-tokens.ts";
import type { TokenTotals } from "./token-tally.ts";

export type CountServices = Pick<RunServices, "loom" | "progress" | "clock" | "signal">;

/** What is sent when the vendor counts: prompts, and the system prompt before each. */
export type CountSpec = Pick<AskSpec, "provider" | "model" | "column" | "template" | "system">;

/**
 * The vendor's own counts, one prompt at a time.
 *
 * @throws LoomError `unsupported`, where the vendor cannot say; whatever every row would meet
 */
export async function countByVendor(
  file: string,
  spec: CountSpec,
  workers: number,
  { loom, progress, clock, signal }: CountServices,
): Promise<TokenTotals> {
  await checkCounter(loom, spec);
  await checkAsk(loom, spec);
  const dataset = await opened(file, spec);
  const limits = concurrency({ workers, start: workers });
  const { provider, model, system } = spec;
  const shared = { provider, model, ...system === undefined ? {} : { system } };
  const deaf = loom.on("retry", ({ error: { code, retryAfterMs } }) => {
    if (code === "rate-limited" || code === "overloaded") limits.congested(clock.monotonic(), retryAfterMs);
  });
  const unwatch = watchHeaders(clock, (allowance) => limits.heard(clock.monotonic(), allowance));
  try {
    return await countPrompts(
      dataset,
      spec,
      async (prompt, signal) => (await loom.countTokens({ ...shared, prompt, signal })).inputTokens,
      { limits, progress, clock, signal },
    );
  } finally {
    unwatch();
    deaf();
  }
}

/** @returns the totals, and whether they are what the vendor would count */
export async function countLocally(
  file: string,
  spec: CountSpec,
  { loom, progress, clock, signal }: CountServices,
): Promise<TokenTotals & { readonly encoding: string; readonly exact: boolean }> {
  const { provider, model } = spec;
  const { findTarget } = (await loom.engine()).opened;
  const { upstreamModel } = await findTarget({ provider, model }, { modality: "text", params: {} });
  const dataset = await opened(file, spec);
  const tokens = await requestTokens(spec, upstreamModel);
  const limits = concurrency({ workers: 1 });
  const { inputTokens, prompts, errors } = await countPrompts(
    dataset,
    spec,
    (prompt) => tokens.of(prompt),
    { limits, progress, clock, signal },
  );
  return { inputTokens, prompts, errors, encoding: tokens.encoding, exact: tokens.exact };
}

/** Before a file is read. @throws LoomError `unsupported` */
async function checkCounter(loom: CountServices["loom"], { provider, model }: CountSpec): Promise<void> {
  const { provider: { label, countTokens } } = await (await loom.engine()).opened.providers.get(provider);
  if (countTokens !== undefined) return;
  const message = `${label} has no endpoint that counts tokens`;
  throw loomError("unsupported", message, { feature: "token counting" }, { provider, model });
}

async function opened(file: string, spec: CountSpec): Promise<Dataset> {
  const dataset = await openDataset(file);
  if (dataset.columns !== undefined) checkColumns(spec, dataset.columns);
  return dataset;
}
