/** The wire format of Amazon Bedrock: Converse for text, InvokeModel for embeddings, binary frames for streams. */

import { definePlugin, type Dialect, type Manifest, type Plugin } from "../../../src/plugin.ts";
import { countTokens } from "./count-tokens.ts";
import { decodeAnswer } from "./decode.ts";
import { ConverseStream } from "./decode-stream.ts";
import { decodeEmbeddings } from "./embeddings.ts";
import { encoder } from "./encode.ts";
import { bedrockErrors } from "./errors.ts";
import { frameSplitter } from "./frames.ts";

const dialect: Dialect = {
  codec(manifest: Manifest) {
    const errors = bedrockErrors(manifest);
    return {
      modalities: ["text", "embedding"],
      encode: encoder(manifest),
      decode: (body, head) =>
        head.ctx.target.modality === "embedding"
          ? decodeEmbeddings(body, head, errors)
          : decodeAnswer(body, head, errors),
      decodeStream: (head) => new ConverseStream(head, errors),
      decodeError: (head, body) => errors.fromBody(head, body),
      splitter: () => frameSplitter(manifest.id),
      countTokens: (ctx) => countTokens(ctx, manifest, errors),
    };
  },
};

const plugin: Plugin<"dialect", void> = definePlugin({
  api: 1,
  kind: "dialect",
  id: "bedrock-converse",
  make: () => dialect,
});
export default plugin;
