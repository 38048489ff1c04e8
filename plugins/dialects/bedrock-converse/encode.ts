/** Encodes a call into the request of its modality. */

import {
  type Attempting,
  type Body,
  type Json,
  loomError,
  type Manifest,
  type Notice,
  type WireRequest,
} from "../../../src/plugin.ts";
import { encodeEmbeddings } from "./embeddings.ts";
import { encodeMessages } from "./encode-messages.ts";
import { writeTools } from "./encode-tools.ts";
import { invalid } from "./invalid.ts";
import { modelPath } from "./model-path.ts";
import { writeOutput } from "./output.ts";
import { writeParams } from "./params.ts";

export function encoder({ label }: Manifest): (ctx: Attempting) => WireRequest {
  return (ctx) => {
    const { modality, provider, model } = ctx.target;
    if (modality === "text") return encodeConverse(ctx);
    if (modality === "embedding") return encodeEmbeddings(ctx);
    throw loomError("unsupported", `${label} cannot do ${modality}`, { feature: modality }, {
      provider,
      model,
    });
  };
}

function encodeConverse(ctx: Attempting): WireRequest {
  const { call, target } = ctx;
  const notices: Notice[] = [];
  const body = converseBody(ctx, notices);
  return {
    method: "POST",
    path: modelPath(target.upstreamModel, call.stream ? "converse-stream" : "converse"),
    body: JSON.stringify(body),
    stream: call.stream,
    ...(notices.length > 0 && { warnings: notices }),
  };
}

/** The body of Converse, which is also what tokens are counted of. */
export function converseBody(ctx: Attempting, notices: Notice[]): Body {
  const { call, target } = ctx;
  if (call.messages.length === 0) throw invalid(ctx, "messages", "a text call needs at least one turn");
  const { system, messages } = encodeMessages(ctx, notices);
  const body: Body = { messages };
  const mark = target.params["cache_system"];
  if (system.length > 0) body["system"] = [...system, ...systemMark(mark)];
  writeParams(ctx, body, notices);
  writeTools(ctx, body, notices);
  if (call.output !== undefined) writeOutput(ctx, call.output, body, notices);
  return body;
}

/** `cache_system: true`, or a lifetime: `"1h"`. */
function systemMark(mark: Json | undefined): readonly Json[] {
  if (mark === undefined || mark === null || mark === false) return [];
  return [{ cachePoint: typeof mark === "string" ? { type: "default", ttl: mark } : { type: "default" } }];
}
