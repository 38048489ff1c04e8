/** The wire format of Cohere's API, version 2: chat, embeddings and ranking. */

import { type Codec, definePlugin, type Dialect, type Manifest, type Plugin } from "../../../src/plugin.ts";
import { batches } from "./batches.ts";
import { decodeChat } from "./decode.ts";
import { ChatStream } from "./decode-stream.ts";
import { decodeEmbeddings } from "./embeddings.ts";
import { encoder } from "./encode.ts";
import { cohereErrors } from "./errors.ts";
import { decodeRanking } from "./ranking.ts";

const dialect: Dialect = {
  codec(manifest: Manifest) {
    const errors = cohereErrors(manifest);
    const codec: Codec = {
      modalities: ["text", "embedding", "rerank"],
      encode: encoder(manifest),
      decode(body, head) {
        switch (head.ctx.target.modality) {
          case "embedding":
            return decodeEmbeddings(body, head, errors);
          case "rerank":
            return decodeRanking(body, head, errors);
          default:
            return decodeChat(body, head, errors);
        }
      },
      decodeStream: (head) => new ChatStream(head, errors),
      decodeError: (head, body) => errors.fromBody(head, body),
    };
    return { ...codec, batches: batches(manifest, codec, errors) };
  },
};

const plugin: Plugin<"dialect", void> = definePlugin({
  api: 1,
  kind: "dialect",
  id: "cohere",
  make: () => dialect,
});
export default plugin;
