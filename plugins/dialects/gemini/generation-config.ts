/** Params in their places: most belong into `generationConfig`, some beside it. */

import {
  type Body,
  type JsonObject,
  type Manifest,
  type Notice,
  type Params,
  type ParamWriter,
  paramWriter,
} from "../../../src/plugin.ts";

/** What stands in the request itself. Everything else, known or not, belongs into `generationConfig`. */
const topLevel: ReadonlySet<string> = new Set([
  "safetySettings",
  "cachedContent",
  "toolConfig",
  "systemInstruction",
  "tools",
  "labels",
  "serviceTier",
  "store",
  "continuationToken",
  "modelArmorConfig",
]);

const ofGenerationConfig = [
  "topP",
  "topK",
  "candidateCount",
  "maxOutputTokens",
  "stopSequences",
  "responseMimeType",
  "responseSchema",
  "responseJsonSchema",
  "responseLogprobs",
  "responseModalities",
  "presencePenalty",
  "frequencyPenalty",
  "thinkingConfig",
  "speechConfig",
  "imageConfig",
  "mediaResolution",
  "audioTimestamp",
  "routingConfig",
  "modelSelectionConfig",
  "enableEnhancedCivicAnswers",
];

/** Google's names in snake_case, then the portable ones. */
const rename: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...topLevel, ...ofGenerationConfig].map((name) => [snake(name), name])),
  max_tokens: "maxOutputTokens",
  max_completion_tokens: "maxOutputTokens",
  stop: "stopSequences",
  n: "candidateCount",
  top_logprobs: "logprobs",
  modalities: "responseModalities",
  generation_config: "generationConfig",
};

/** Written elsewhere, from the call or from these. */
const own: ReadonlySet<string> = new Set([
  "model",
  "contents",
  "stream",
  "stream_options",
  "reasoning_effort",
  "parallel_tool_calls",
  "user",
  "logit_bias",
]);

/** Writes the params of a call into a request and its `generationConfig`. */
export type ConfigWriter = (params: Params, body: Body, config: Body, notices: Notice[]) => void;

export function configWriter(manifest: Manifest, alsoOwn: readonly string[] = []): ConfigWriter {
  const write: ParamWriter = paramWriter(manifest, { own: new Set([...own, ...alsoOwn]), rename });
  return (params, body, config, notices) => {
    const written: Body = {};
    write(params, written, notices);
    for (const name in written) {
      const value = written[name];
      if (name === "generationConfig") continue;
      if (topLevel.has(name)) body[name] = value;
      else config[name] = value;
    }
    if (typeof config["stopSequences"] === "string") config["stopSequences"] = [config["stopSequences"]];
    // OpenAI's flag of this name is Google's `responseLogprobs`; Google's of this name is how many.
    if (typeof params["logprobs"] === "boolean") {
      if (config["logprobs"] === params["logprobs"]) delete config["logprobs"];
      config["responseLogprobs"] ??= params["logprobs"];
      if (params["top_logprobs"] !== undefined) config["logprobs"] = params["top_logprobs"];
    }
    if (Array.isArray(config["responseModalities"])) {
      config["responseModalities"] = config["responseModalities"].map((word) => String(word).toUpperCase());
    }
    const whole = written["generationConfig"];
    if (typeof whole === "object" && whole !== null) Object.assign(config, whole as JsonObject);
    for (const name of ["user", "logit_bias"]) {
      if (params[name] === undefined) continue;
      const message = `${manifest.label} does not take \`${name}\`; it was left out`;
      notices.push({ code: "param-dropped", message });
    }
    if (params["parallel_tool_calls"] === false) {
      const message =
        `${manifest.label} cannot be held to one tool call at a time; parallel_tool_calls was left out`;
      notices.push({ code: "param-dropped", message });
    }
  };
}

export function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
