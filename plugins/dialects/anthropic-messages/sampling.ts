/** Temperature and its like, within what the model's generation and its thinking allow. */

import type { Body, JsonObject } from "../../../src/plugin.ts";
import { generationOf } from "./generation.ts";
import { type Encoding, notice } from "./place.ts";

const samplings = ["temperature", "top_p", "top_k"];

/** Corrects what params wrote into the body. Comes after thinking. */
export function limitSampling(body: Body, at: Encoding): void {
  for (const name of samplings) if (body[name] === null) delete body[name];
  const { upstreamModel } = at.ctx.target;
  const { sampling, bothSamplings } = generationOf(upstreamModel);
  const temperature = body["temperature"];
  if (typeof temperature === "number" && (temperature > 1 || temperature < 0)) {
    const bound = temperature > 1 ? 1 : 0;
    notice(
      at,
      "param-clamped",
      `${at.manifest.label} takes \`temperature\` from 0 to 1; ${temperature} became ${bound}`,
    );
    body["temperature"] = bound;
  }
  if (!sampling) return drop(samplings, `${upstreamModel} does not take`, body, at);
  const thinking = (body["thinking"] as JsonObject | undefined)?.["type"];
  if (thinking === "enabled" || thinking === "adaptive") {
    const topP = body["top_p"];
    const names = typeof topP === "number" && topP >= 0.95 ? ["temperature", "top_k"] : samplings;
    drop(names, `${upstreamModel} does not take, while it thinks,`, body, at);
  }
  if (!bothSamplings && body["temperature"] !== undefined && body["top_p"] !== undefined) {
    if (body["temperature"] === 1) delete body["temperature"];
    else drop(["top_p"], `${upstreamModel} does not take, beside \`temperature\`,`, body, at);
  }
}

/** A temperature of 1 is what the model has anyway. */
function drop(names: readonly string[], who: string, body: Body, at: Encoding): void {
  for (const name of names) {
    const value = body[name];
    if (value === undefined) continue;
    delete body[name];
    if (name === "temperature" && value === 1) continue;
    notice(at, "param-dropped", `${who} \`${name}\`; it was left out`);
  }
}
