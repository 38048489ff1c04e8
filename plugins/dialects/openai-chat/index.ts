/** The wire format of OpenAI's chat completions and embeddings, which most vendors speak, each a little differently. */

import {
  type Codec,
  definePlugin,
  type Dialect,
  errorDecoder,
  type Manifest,
  type Plugin,
} from "../../../src/plugin.ts";
import { chatBatches } from "./batches.ts";
import { fireworksBatches } from "./fireworks-batches.ts";
import { decodeWhole } from "./decode.ts";
import { ChatStream } from "./decode-stream.ts";
import { encoder } from "./encode.ts";
import { reading } from "./reading.ts";
import { xaiBatches } from "./xai-batches.ts";

/** By what manifests call them. */
const batchApis = { openai: chatBatches, xai: xaiBatches, fireworks: fireworksBatches } as const;

const dialect: Dialect = {
  codec(manifest: Manifest) {
    const encode = encoder(manifest);
    const errors = errorDecoder(manifest);
    const how = reading(manifest, errors);
    const codec: Codec = {
      modalities: ["text", "embedding"],
      encode,
      decode: (body, head) => decodeWhole(body, head, how),
      decodeStream: (head) => new ChatStream(head, how),
      decodeError: (head, body) => errors.fromBody(head, body),
    };
    const { batch } = manifest;
    if (batch === undefined) return codec;
    return { ...codec, batches: batchApis[batch.api ?? "openai"](manifest, batch, codec, how) };
  },
};

const plugin: Plugin<"dialect", void> = definePlugin({
  api: 1,
  kind: "dialect",
  id: "openai-chat",
  make: () => dialect,
});
export default plugin;
