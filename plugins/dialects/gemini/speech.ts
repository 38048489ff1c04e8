/** Speech: a model that answers in sound, raw PCM as its media type says (`audio/L16;codec=pcm;rate=24000`). */

import {
  type Attempting,
  type Body,
  type Json,
  loomError,
  type Manifest,
  type Notice,
  type WireRequest,
} from "../../../src/plugin.ts";
import { modelPath } from "./flavour.ts";
import { configWriter } from "./generation-config.ts";

/** Always asked for whole: in a stream, the pieces of one sound would come as sounds of their own. */
export function encodeSpeech(ctx: Attempting, manifest: Manifest): WireRequest {
  const { call: { prompt }, target } = ctx;
  if (prompt === undefined || prompt === "") {
    throw loomError("invalid-request", "prompt: a speech call needs the text to read", { path: "prompt" }, {
      provider: target.provider,
      model: target.model,
    });
  }
  const notices: Notice[] = [];
  const { voice, instructions, response_format, speed, ...rest } = target.params;
  const text = typeof instructions === "string" ? `${instructions}: ${prompt}` : prompt;
  const body: Body = { contents: [{ role: "user", parts: [{ text }] }] };
  const config: Body = { responseModalities: ["AUDIO"] };
  for (const [name, value] of Object.entries({ response_format, speed })) {
    if (value === undefined || value === "pcm") continue;
    notices.push({
      code: "param-dropped",
      message: `${manifest.label} does not take \`${name}\` for speech; it was left out`,
    });
  }
  configWriter(manifest)(rest, body, config, notices);
  if (typeof voice === "string" && config["speechConfig"] === undefined) {
    config["speechConfig"] = { voiceConfig: { prebuiltVoiceConfig: { voiceName: voice } } } as Json;
  }
  body["generationConfig"] = config as Json;
  return {
    method: "POST",
    path: modelPath(ctx, "generateContent"),
    body: JSON.stringify(body),
    stream: false,
    ...(notices.length > 0 && { warnings: notices }),
  };
}
