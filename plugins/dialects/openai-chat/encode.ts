/** Encodes a call into the request of its modality. */

import { type Attempting, loomError, type Manifest, type WireRequest } from "../../../src/plugin.ts";
import { encodeEmbeddings } from "./embeddings.ts";
import { type MessageWriter, messageWriter } from "./encode-messages.ts";
import { writeTools } from "./encode-tools.ts";
import { type Body, type Notice, type ParamWriter, paramWriter } from "./params.ts";
import { writeOutput } from "./structured-output.ts";

/** Compiles the manifest into an encoder. */
export function encoder(manifest: Manifest): (ctx: Attempting) => WireRequest {
  const writeParams = paramWriter(manifest);
  const writeMessages = messageWriter(manifest);
  const { capabilities } = manifest;
  return (ctx) => {
    const { modality } = ctx.target;
    if (modality === "text" && capabilities?.text !== false) {
      return encodeChat(ctx, manifest, writeParams, writeMessages);
    }
    if (modality === "embedding" && capabilities?.embedding !== false) {
      return encodeEmbeddings(ctx, manifest, writeParams);
    }
    throw loomError("unsupported", `${manifest.label} cannot do ${modality}`, { feature: modality }, {
      provider: ctx.target.provider,
      model: ctx.target.model,
    });
  };
}

function encodeChat(
  ctx: Attempting,
  manifest: Manifest,
  writeParams: ParamWriter,
  writeMessages: MessageWriter,
): WireRequest {
  const { call, target } = ctx;
  const notices: Notice[] = [];
  if (call.messages.length === 0) {
    throw loomError(
      "invalid-request",
      "messages: a text call needs at least one turn",
      { path: "messages" },
      {
        provider: target.provider,
        model: target.model,
      },
    );
  }
  const messages = writeMessages(call.messages, target, notices);
  const body: Body = { model: target.upstreamModel, messages };
  writeParams(target.params, body, notices);
  writeTools(call, body, target, manifest, notices);
  if (call.output !== undefined) writeOutput(call.output, body, messages, manifest);
  if (call.stream) {
    body["stream"] = true;
    const options = target.params["stream_options"];
    // Without it most vendors count nothing in a stream, and the call could not be priced.
    const asked = manifest.usage?.stream === "always" ? options : { ...options as Body, include_usage: true };
    if (asked !== undefined) body["stream_options"] = asked;
  }
  return {
    method: "POST",
    path: manifest.paths?.chat ?? "/chat/completions",
    body: JSON.stringify(body),
    stream: call.stream,
    ...(notices.length > 0 && { warnings: notices }),
  };
}
