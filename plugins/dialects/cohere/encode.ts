/** Encodes a call into the request of its modality. */

import {
  type Attempting,
  type Body,
  type Json,
  loomError,
  type Manifest,
  type Notice,
  type ParamWriter,
  paramWriter,
  type WireRequest,
} from "../../../src/plugin.ts";
import { encodeEmbeddings } from "./embeddings.ts";
import { encodeMessages } from "./encode-messages.ts";
import { writeTools } from "./encode-tools.ts";
import { missing } from "./invalid.ts";
import { writeOutput } from "./output.ts";
import { encodeRanking } from "./ranking.ts";
import { writeThinking } from "./thinking.ts";

/** Portable names, and what Cohere calls them. */
const renames = {
  max_completion_tokens: "max_tokens",
  top_p: "p",
  top_k: "k",
  stop: "stop_sequences",
};

/** What the dialect writes by itself, or has to look at before it goes out. */
const ownChat: ReadonlySet<string> = new Set(
  "model messages stream documents reasoning_effort n parallel_tool_calls".split(" "),
);
const ownEmbedding: ReadonlySet<string> = new Set(["model", "texts", "encoding_format"]);
const ownRanking: ReadonlySet<string> = new Set(["model", "query", "documents"]);

/** Compiles the manifest into an encoder. */
export function encoder(manifest: Manifest): (ctx: Attempting) => WireRequest {
  const writeChat = paramWriter(manifest, { own: ownChat, rename: renames });
  const writeEmbedding = paramWriter(manifest, {
    own: ownEmbedding,
    rename: { dimensions: "output_dimension" },
  });
  const writeRanking = paramWriter(manifest, { own: ownRanking });
  return (ctx) => {
    switch (ctx.target.modality) {
      case "text":
        return encodeChat(ctx, manifest, writeChat);
      case "embedding":
        return encodeEmbeddings(ctx, manifest, writeEmbedding);
      case "rerank":
        return encodeRanking(ctx, writeRanking);
      default: {
        const feature = ctx.target.modality;
        throw loomError("unsupported", `${manifest.label} cannot do ${feature}`, { feature }, {
          provider: ctx.target.provider,
          model: ctx.target.model,
        });
      }
    }
  };
}

function encodeChat(ctx: Attempting, manifest: Manifest, writeParams: ParamWriter): WireRequest {
  const { call, target } = ctx;
  const notices: Notice[] = [];
  if (call.messages.length === 0) throw missing(ctx, "messages", "a text call needs at least one turn");
  const { messages, documents } = encodeMessages(ctx, notices);
  const body: Body = { model: target.upstreamModel, messages, stream: call.stream };
  writeParams(target.params, body, notices);
  if (typeof body["stop_sequences"] === "string") body["stop_sequences"] = [body["stop_sequences"]];
  const given = target.params["documents"];
  const all = [...Array.isArray(given) ? given as readonly Json[] : [], ...documents];
  if (all.length > 0) body["documents"] = all;
  writeThinking(ctx, body, notices);
  dropUnknown(ctx, manifest, notices);
  writeTools(ctx, body, notices);
  if (call.output !== undefined) writeOutput(call.output, body, messages, notices);
  return {
    method: "POST",
    path: manifest.paths?.chat ?? "/v2/chat",
    body: JSON.stringify(body),
    stream: call.stream,
    ...(notices.length > 0 && { warnings: notices }),
  };
}

/** Portable params that mean something only when they ask for more than what Cohere does anyway. */
function dropUnknown({ target: { params } }: Attempting, { label }: Manifest, notices: Notice[]): void {
  const { n, parallel_tool_calls: parallel } = params;
  const asked: readonly [string, boolean][] = [["n", typeof n === "number" && n > 1], [
    "parallel_tool_calls",
    parallel === false,
  ]];
  for (const [name, counts] of asked) {
    if (counts) {
      notices.push({ code: "param-dropped", message: `${label} does not take \`${name}\`; it was left out` });
    }
  }
}
