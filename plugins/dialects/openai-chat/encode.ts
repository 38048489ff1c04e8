/** Encodes a call into the request of its modality. */

import {
  type Attempting,
  type Body,
  loomError,
  type Manifest,
  modelParams,
  type Notice,
  type Params,
  type ParamWriter,
  paramWriter,
  type Target,
  type WireRequest,
} from "../../../src/plugin.ts";
import { effortWriter } from "./effort.ts";
import { encodeEmbeddings } from "./embeddings.ts";
import { addUnknown, dialectId, forwarder, nativeOf } from "./forward.ts";
import { type MessageWriter, messageWriter } from "./encode-messages.ts";
import { writeTools } from "./encode-tools.ts";
import { writeOutput } from "./structured-output.ts";

/** What the dialect itself writes. */
const own: ReadonlySet<string> = new Set(["model", "messages", "stream", "stream_options", "input"]);

/** Compiles the manifest into an encoder. */
export function encoder(manifest: Manifest): (ctx: Attempting) => WireRequest {
  const writeParams = paramWriter(manifest, { own });
  const writeMessages = messageWriter(manifest);
  const paramsOf = modelParams(manifest);
  const withEffort = effortWriter(manifest);
  const chatParams: ChatParams = (target, notices) => withEffort(paramsOf(target, notices), notices);
  const forward = forwarder(manifest, paramsOf);
  const { capabilities } = manifest;
  return (ctx) => {
    const { modality } = ctx.target;
    if (modality === "text" && capabilities?.text !== false) {
      return forward(ctx) ?? encodeChat(ctx, manifest, writeParams, writeMessages, chatParams);
    }
    if (modality === "embedding" && capabilities?.embedding !== false) {
      return forward(ctx) ?? encodeEmbeddings(ctx, manifest, writeParams);
    }
    throw loomError("unsupported", `${manifest.label} cannot do ${modality}`, { feature: modality }, {
      provider: ctx.target.provider,
      model: ctx.target.model,
    });
  };
}

/** The call's params, as far as the model takes them, in the vendor's words. */
type ChatParams = (target: Target, notices: Notice[]) => Params;

function encodeChat(
  ctx: Attempting,
  manifest: Manifest,
  writeParams: ParamWriter,
  writeMessages: MessageWriter,
  chatParams: ChatParams,
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
  const messages = writeMessages(ctx, notices);
  const body: Body = { model: target.upstreamModel, messages };
  writeParams(chatParams(target, notices), body, notices);
  writeTools(call, body, target, manifest, notices);
  if (call.output !== undefined) writeOutput(call.output, body, messages, manifest);
  if (call.stream) {
    body["stream"] = true;
    const options = target.params["stream_options"];
    // Without it most vendors count nothing in a stream, and the call could not be priced.
    const asked = manifest.usage?.stream === "always" ? options : { ...options as Body, include_usage: true };
    if (asked !== undefined) body["stream_options"] = asked;
  }
  const native = nativeOf(call);
  addUnknown(native, body, writeParams, notices);
  return {
    method: "POST",
    path: manifest.paths?.chat ?? "/chat/completions",
    body: JSON.stringify(body),
    stream: call.stream,
    ...(native !== undefined && { verbatim: dialectId }),
    ...(notices.length > 0 && { warnings: notices }),
  };
}
