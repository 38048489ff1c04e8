/** Google's wire format: generateContent for text, pictures and speech, and its companions for vectors and films. */

import { definePlugin, type Dialect, errorDecoder, type Manifest, type Plugin } from "../../../src/plugin.ts";
import { batches } from "./batches.ts";
import { decodeWhole } from "./decode.ts";
import { ContentStream } from "./decode-stream.ts";
import { decodeEmbeddings, encodeEmbeddings } from "./embeddings.ts";
import { encoder } from "./encode.ts";
import { flavourOf } from "./flavour.ts";
import { decodeImagen, encodeImage, isImagen } from "./images.ts";
import { contextCaches } from "./context-caches.ts";
import { countTokens } from "./count-tokens.ts";
import { reading } from "./reading.ts";
import { encodeSpeech } from "./speech.ts";
import { decodeVideo, encodeVideo } from "./video.ts";

const dialect: Dialect = {
  codec(manifest: Manifest) {
    const flavour = flavourOf(manifest);
    const encodeContent = encoder(manifest, flavour);
    const how = reading(manifest, errorDecoder(manifest));
    return {
      modalities: ["text", "embedding", "image", "video", "speech"],
      encode(ctx) {
        switch (ctx.target.modality) {
          case "embedding":
            return encodeEmbeddings(ctx, manifest, flavour);
          case "image":
            return encodeImage(ctx, manifest);
          case "video":
            return encodeVideo(ctx, manifest, flavour);
          case "speech":
            return encodeSpeech(ctx, manifest);
          default:
            return encodeContent(ctx);
        }
      },
      decode(body, head) {
        const { modality, upstreamModel } = head.ctx.target;
        if (modality === "embedding") return decodeEmbeddings(body, head, { how, manifest, flavour });
        if (modality === "video") return decodeVideo(body, head, { how, flavour });
        if (modality === "image" && isImagen(upstreamModel)) return decodeImagen(body, head, how);
        return decodeWhole(body, head, how);
      },
      decodeStream: (head) => new ContentStream(head, how),
      decodeError: (head, body) => how.errors.fromBody(head, body),
      countTokens: countTokens(manifest, flavour, how),
      contextCaches: contextCaches(manifest, flavour, how),
      // Those of Vertex read and write the caller's own storage, Google Cloud Storage or BigQuery.
      ...(flavour.vertex ? {} : { batches: batches(manifest, flavour, how) }),
    };
  },
};

const plugin: Plugin<"dialect", void> = definePlugin({
  api: 1,
  kind: "dialect",
  id: "gemini",
  make: () => dialect,
});
export default plugin;
