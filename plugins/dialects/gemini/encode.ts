/** Encodes a text call as a request for generateContent. */

import {
  type Attempting,
  type Body,
  loomError,
  type Manifest,
  type Notice,
  type WireRequest,
} from "../../../src/plugin.ts";
import { encodeContents } from "./encode-contents.ts";
import { writeTools } from "./encode-tools.ts";
import { type Flavour, modelPath } from "./flavour.ts";
import { configWriter } from "./generation-config.ts";
import { writeOutput } from "./structured-output.ts";
import { writeThinking } from "./thinking.ts";

/** Compiles the manifest into an encoder. */
export function encoder(manifest: Manifest, flavour: Flavour): (ctx: Attempting) => WireRequest {
  const makeBody = bodyWriter(manifest, flavour);
  return (ctx) => {
    const notices: Notice[] = [];
    const body = makeBody(ctx, notices);
    if ((body["contents"] as readonly unknown[]).length === 0) throw noTurns(ctx);
    const { stream } = ctx.call;
    return {
      method: "POST",
      path: modelPath(ctx, stream ? "streamGenerateContent?alt=sse" : "generateContent"),
      body: JSON.stringify(body),
      stream,
      ...(notices.length > 0 && { warnings: notices }),
    };
  };
}

/** Makes the body of a text call, which counting and caching need too. */
export function bodyWriter(
  manifest: Manifest,
  flavour: Flavour,
): (ctx: Attempting, notices: Notice[]) => Body {
  const writeConfig = configWriter(manifest);
  return (ctx, notices) => {
    const { params } = ctx.target;
    const { contents, systemInstruction } = encodeContents(ctx, manifest, notices);
    const body: Body = { contents };
    const config: Body = {};
    if (systemInstruction !== undefined) body["systemInstruction"] = systemInstruction;
    writeConfig(params, body, config, notices);
    writeThinking(params["reasoning_effort"], config, ctx.target, notices);
    writeTools(ctx, body, manifest, flavour, notices);
    writeOutput(ctx, body, config, manifest, notices);
    if (Object.keys(config).length > 0) body["generationConfig"] = config;
    if (body["cachedContent"] !== undefined) leaveToCache(body, manifest, notices);
    return body;
  };
}

/** A cached beginning brings its own; said twice, the call is refused. */
function leaveToCache(body: Body, manifest: Manifest, notices: Notice[]): void {
  const repeated = ["systemInstruction", "tools", "toolConfig"].filter((name) => body[name] !== undefined);
  if (repeated.length === 0) return;
  for (const name of repeated) delete body[name];
  const message = `${manifest.label} takes no ${
    repeated.join(", ")
  } beside cached content; they were left out`;
  notices.push({ code: "param-dropped", message });
}

function noTurns({ target: { provider, model } }: Attempting): Error {
  const message = "messages: a text call needs at least one turn beside the system's";
  return loomError("invalid-request", message, { path: "messages" }, { provider, model });
}
