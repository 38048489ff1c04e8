/** Encodes a text call into a request for a response. */

import {
  type Attempting,
  type Body,
  forwardable,
  forwardedText,
  type Json,
  loomError,
  type Manifest,
  modelParams,
  type Notice,
  paramWriter,
  type WireRequest,
} from "../../../src/plugin.ts";
import { inputWriter } from "./encode-input.ts";
import { writeTools } from "./encode-tools.ts";
import { writeFormat } from "./text-format.ts";

const dialectId = "openai-responses";

/** What the dialect itself writes. `instructions` may be given: then system turns go into the input. */
const own: ReadonlySet<string> = new Set(["model", "input", "stream", "reasoning_effort", "verbosity"]);

/** Both names that chat completions have for it. */
const rename: Readonly<Record<string, string>> = {
  max_tokens: "max_output_tokens",
  max_completion_tokens: "max_output_tokens",
};

/** Portable and chat params that this API has no place for. */
const absent: readonly string[] = [
  "stop",
  "seed",
  "presence_penalty",
  "frequency_penalty",
  "logit_bias",
  "top_k",
];

export interface Encoder {
  encode(ctx: Attempting): WireRequest;
  /** The body alone, without what only asks for an answer. */
  input(ctx: Attempting, notices: Notice[]): Body;
}

/** Compiles the manifest into an encoder. */
export function encoder(manifest: Manifest): Encoder {
  const writeParams = paramWriter(manifest, { own: new Set([...own, ...absent, "n", "logprobs"]), rename });
  const paramsOf = modelParams(manifest);
  const writeInput = inputWriter(manifest);
  const { params: { rename: renames, drop, clamp, default: defaults } = {} } = manifest;
  const isPlain = [renames, drop, clamp, defaults].every((knob) => knob === undefined);

  function input(ctx: Attempting, notices: Notice[]): Body {
    const { call, target } = ctx;
    const details = { provider: target.provider, model: target.model };
    if (target.modality !== "text") {
      const message = `${manifest.label} cannot do ${target.modality} in this way`;
      throw loomError("unsupported", message, { feature: target.modality }, details);
    }
    if (call.messages.length === 0) {
      const path = "messages";
      throw loomError("invalid-request", "messages: a text call needs at least one turn", { path }, details);
    }
    const params = paramsOf(target, notices);
    const body: Body = { model: target.upstreamModel };
    writeInput(ctx, params["instructions"] === undefined, body, notices);
    writeParams(params, body, notices);
    writeReasoning(params, body);
    writeInclude(params, body);
    tellAbsent(params, manifest.label, notices);
    writeTools(call, body, target, manifest, notices);
    writeFormat(call.output, params["verbosity"], body);
    return body;
  }

  return {
    input,
    encode(ctx) {
      const { call, target } = ctx;
      const native = call.native?.dialect === dialectId ? call.native : undefined;
      const notices: Notice[] = [];
      const asIs = native !== undefined && isPlain && target.params === call.params && forwardable(call) &&
        paramsOf(target, []) === target.params;
      const body: Body = asIs ? native.body : input(ctx, notices);
      if (!asIs) {
        if (call.stream) body["stream"] = true;
        for (const name of native?.unknown ?? []) body[name] ??= native?.body[name];
      }
      return {
        method: "POST",
        path: manifest.paths?.chat ?? "/responses",
        body: asIs ? forwardedText(native, target.upstreamModel) : JSON.stringify(body),
        stream: call.stream,
        ...(native !== undefined && { verbatim: dialectId }),
        // It goes on, and is paid for, when nobody waits.
        ...(body["background"] === true && { once: true }),
        ...(notices.length > 0 && { warnings: notices }),
      };
    },
  };
}

/** `reasoning_effort` is a field of `reasoning` here; what the caller put there wins. */
function writeReasoning(params: Readonly<Record<string, Json | undefined>>, body: Body): void {
  const { reasoning_effort: effort } = params;
  if (effort === undefined || effort === null) return;
  body["reasoning"] = { effort, ...(body["reasoning"] as Body | undefined) } as Json;
}

/** Log probabilities are included here, not switched on. */
function writeInclude(params: Readonly<Record<string, Json | undefined>>, body: Body): void {
  if (params["logprobs"] !== true) return;
  const { include } = body;
  body["include"] = [...Array.isArray(include) ? include as Json[] : [], "message.output_text.logprobs"];
}

function tellAbsent(
  params: Readonly<Record<string, Json | undefined>>,
  label: string,
  notices: Notice[],
): void {
  const drop = (name: string) =>
    notices.push({
      code: "param-dropped",
      message: `${label} does not take \`${name}\` in the Responses API; it was left out`,
    });
  for (const name of absent) if (params[name] !== undefined && params[name] !== null) drop(name);
  if (params["n"] !== undefined && params["n"] !== null && params["n"] !== 1) drop("n");
}
