/**
 * The provider `sandbox`: answers without a key and without a network, so that a program can be tried, demonstrated and
 * broken on purpose. It is not a model and says so in every answer.
 */

import {
  type Answer,
  type Attempting,
  CLOCK,
  type Clock,
  definePlugin,
  loomError,
  type Part,
  type Plugin,
  type Provider,
} from "../../../src/plugin.ts";
import { answerParts } from "./answer.ts";
import { embeddingParts } from "./embedding.ts";
import { breaksOff, failsAtOnce, faultError, faultOf } from "./fault.ts";
import { readParams } from "./params.ts";
import { streamOf } from "./stream.ts";
import { loadTokenizer } from "./tokens.ts";
import { wait } from "./wait.ts";

const plugin: Plugin<"provider", void> = definePlugin({
  api: 1,
  kind: "provider",
  id: "sandbox",
  make: (use) => sandbox(use(CLOCK)),
});

export default plugin;

function sandbox(clock: Clock): Provider {
  return {
    label: "Sandbox (not a model)",
    modalities: ["text", "embedding"],
    models: "open",
    defaultModel: "sandbox",
    open: (ctx) => open(ctx, clock),
  };
}

async function open(ctx: Attempting, clock: Clock): Promise<Answer> {
  const { call, target, cancellation } = ctx;
  cancellation.throwIfCancelled();
  const { modality } = target;
  if (modality !== "text" && modality !== "embedding") {
    const message = `the sandbox does text and embeddings, not ${modality}`;
    throw loomError("unsupported", message, { feature: modality }, {
      provider: target.provider,
      model: target.model,
    });
  }
  const params = readParams(target);
  const fault = faultOf(params.fault, ctx);
  if (fault?.latencyMs) await wait(clock, fault.latencyMs, cancellation);
  if (fault !== undefined && failsAtOnce(fault)) throw faultError(fault, target);
  const tokenizer = await loadTokenizer();
  cancellation.throwIfCancelled();
  const parts = modality === "text"
    ? answerParts(ctx, params, tokenizer)
    : embeddingParts(ctx, params, tokenizer);
  const requestId = `sandbox-${ctx.id}-${ctx.attempt}`;
  if (call.stream && modality === "text") {
    return {
      requestId,
      source: streamOf(parts, { clock, cancellation, target, delayMs: params.delayMs, fault }),
    };
  }
  if (params.delayMs > 0) await wait(clock, params.delayMs * parts.length, cancellation);
  if (fault !== undefined && breaksOff(fault)) throw faultError(fault, target);
  return { requestId, parts: modality === "text" ? joined(parts) : parts };
}

/** A whole answer has its text in one part, and no pieces of tool calls. */
function joined(parts: readonly Part[]): readonly Part[] {
  const text = parts.map((part) => part.type === "text" ? part.text : "").join("");
  const whole: Part[] = [];
  let told = false;
  for (const part of parts) {
    if (part.type === "tool-call-start" || part.type === "tool-call-delta") continue;
    if (part.type !== "text") whole.push(part);
    else if (!told) whole.push({ type: "text", text });
    told ||= part.type === "text";
  }
  return whole;
}
