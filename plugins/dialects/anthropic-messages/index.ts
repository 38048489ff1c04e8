/** The wire format of Anthropic's Messages API, which other hosts of Claude and some vendors of other models speak, too. */

import {
  asCount,
  asFields,
  definePlugin,
  type Dialect,
  errorDecoder,
  type Manifest,
  type Plugin,
} from "../../../src/plugin.ts";
import { batches } from "./batches.ts";
import { decodeWhole, type Reading } from "./decode.ts";
import { MessageStream } from "./decode-stream.ts";
import { countEncoder, encoder } from "./encode.ts";
import { finishReader } from "./finish.ts";

const dialect: Dialect = {
  codec(manifest: Manifest) {
    const encode = encoder(manifest);
    const encodeCount = countEncoder(manifest);
    const errors = errorDecoder(manifest);
    const how: Reading = { errors, finish: finishReader(manifest) };
    return {
      modalities: ["text"],
      encode,
      decode: (body, head) => decodeWhole(body, head, how),
      decodeStream: (head) => new MessageStream(head, how),
      decodeError: (head, body) => errors.fromBody(head, body),
      countTokens: (ctx) => ({
        request: encodeCount(ctx),
        decode(body, head) {
          const inputTokens = asCount(asFields(body)?.["input_tokens"]);
          if (inputTokens === undefined) throw errors.notAnAnswer(head, "it has no `input_tokens`");
          return { inputTokens };
        },
      }),
      batches: batches(manifest, encode, how),
    };
  },
};

const plugin: Plugin<"dialect", void> = definePlugin({
  api: 1,
  kind: "dialect",
  id: "anthropic-messages",
  make: () => dialect,
});
export default plugin;
