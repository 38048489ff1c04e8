/** `generate` and `stream` without a client: both run on one Loom made from the environment, on first use. */

import { Loom } from "./loom.ts";
import type { GenerateRequest } from "./generate-request.ts";
import type { ResponseStream } from "./response-stream.ts";
import type { Exact, ResultOf } from "./result-of.ts";

let shared: Loom | undefined;

function defaultLoom(): Loom {
  return shared ??= Loom.fromEnv();
}

/**
 * Runs one call on the default client.
 *
 * @throws LoomError, with the receipt in `trace`
 * @example
 * ```ts
 * import { generate } from "loom-router";
 * const result = await generate({ provider: "sandbox", modality: "text", model: "sandbox-small", prompt: "Say hi in five words." });
 * console.log(result.text, result.usage.inputTokens, result.cost.usd);
 * ```
 */
export function generate<const R extends GenerateRequest>(
  request: Exact<R, GenerateRequest>,
): Promise<ResultOf<R>> {
  return defaultLoom().generate(request);
}

/**
 * Runs one call on the default client and gives its parts as they arrive.
 *
 * @throws LoomError `invalid-request` at once; everything else rejects
 */
export function stream<const R extends GenerateRequest>(
  request: Exact<R, GenerateRequest>,
): ResponseStream<ResultOf<R>> {
  return defaultLoom().stream(request);
}
