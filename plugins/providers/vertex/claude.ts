/** Claude on Vertex: the Messages API, with the model in the path and the version in the body. */

import {
  type Attempting,
  type Codec,
  type JsonObject,
  loomError,
  type WireRequest,
} from "../../../src/plugin.ts";

/** https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai */
const version = "vertex-2023-10-16";

export function claudeOnVertex(codec: Codec): Codec {
  // Batches of Vertex read and write the caller's own storage, Google Cloud Storage or BigQuery.
  const { countTokens, batches: _, ...rest } = codec;
  return {
    ...rest,
    encode(ctx) {
      const request = codec.encode(ctx);
      const { model: _, ...body } = bodyOf(request);
      const verb = request.stream ? "streamRawPredict" : "rawPredict";
      const path = `/models/${encodeURI(vertexName(ctx))}:${verb}`;
      return { ...request, path, body: JSON.stringify({ ...body, anthropic_version: version }) };
    },
    ...(countTokens === undefined ? {} : {
      countTokens(ctx) {
        const { request, ...operation } = countTokens(ctx);
        const body = { ...bodyOf(request), model: vertexName(ctx), anthropic_version: version };
        const path = "/models/count-tokens:rawPredict";
        return { ...operation, request: { ...request, path, body: JSON.stringify(body) } };
      },
    }),
  };
}

/** `claude-sonnet-4-5-20250929` of Anthropic's own API is `claude-sonnet-4-5@20250929` here. */
export function vertexName({ target: { upstreamModel } }: Attempting): string {
  return upstreamModel.replace(/-(\d{8})$/, "@$1");
}

function bodyOf({ body }: WireRequest): JsonObject {
  if (typeof body === "string") return JSON.parse(body) as JsonObject;
  throw loomError("internal", "the dialect of Claude made no JSON", {});
}
