/** The wire format of OpenAI's Responses API, in which reasoning models and hosted tools speak. */

import { definePlugin, type Dialect, errorDecoder, type Manifest, type Plugin } from "../../../src/plugin.ts";
import { countTokens } from "./count-tokens.ts";
import { decodeWhole } from "./decode.ts";
import { ResponsesStream } from "./decode-stream.ts";
import { encoder } from "./encode.ts";
import { reading } from "./reading.ts";

const dialect: Dialect = {
  codec(manifest: Manifest) {
    const { encode, input } = encoder(manifest);
    const errors = errorDecoder(manifest);
    const how = reading(manifest, errors);
    return {
      modalities: ["text"],
      encode,
      decode: (body, head) => decodeWhole(body, head, how),
      decodeStream: (head) => new ResponsesStream(head, how),
      decodeError: (head, body) => errors.fromBody(head, body),
      countTokens: (ctx) => countTokens(ctx, input, how),
    };
  },
};

const plugin: Plugin<"dialect", void> = definePlugin({
  api: 1,
  kind: "dialect",
  id: "openai-responses",
  make: () => dialect,
});
export default plugin;
