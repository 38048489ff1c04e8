/** What a call is run under unless it says otherwise. */

import type { RunOptions } from "./engine.ts";
import type { GenerateRequest } from "./generate-request.ts";

/** Default total deadlines: five minutes; half an hour for films, which vendors make in jobs. */
const defaultTotalMs = 300_000;
const defaultVideoMs = 1_800_000;

/** @param totalMs this Loom's own default */
export function limitsOf(
  { signal, timeoutMs, modality }: Pick<GenerateRequest, "signal" | "timeoutMs" | "modality">,
  totalMs: number | undefined,
): RunOptions {
  const usual = modality === "video" ? defaultVideoMs : defaultTotalMs;
  return { signal, timeoutMs: timeoutMs ?? totalMs ?? usual };
}
