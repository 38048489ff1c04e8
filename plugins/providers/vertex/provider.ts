/** One provider out of three: Google's models, Claude, and open models, each with its own wire format. */

import {
  type Attempting,
  type Codec,
  loomError,
  type Manifest,
  type Provider,
  wireProvider,
  type WireProviderOptions,
} from "../../../src/plugin.ts";

export interface Wire {
  readonly manifest: Manifest;
  readonly codec: Codec;
}

export interface Parts {
  readonly google: Wire;
  readonly claude: Wire;
  readonly open: Wire;
  readonly shared: Omit<WireProviderOptions, "manifest" | "codecs">;
}

export function providerOf({ google: ofGoogle, claude: ofClaude, open: ofOthers, shared }: Parts): Provider {
  const { manifest, codec } = ofGoogle;
  const google = wireProvider({
    ...shared,
    manifest,
    codecs: { text: codec, embedding: codec, image: codec, video: codec, speech: codec },
  });
  const claude = wireProvider({ ...shared, manifest: ofClaude.manifest, codecs: { text: ofClaude.codec } });
  const others = wireProvider({ ...shared, manifest: ofOthers.manifest, codecs: { text: ofOthers.codec } });

  /** `claude-…` is Anthropic's; `meta/llama-…` names its publisher; everything else is Google's. */
  function of({ target: { provider, model, upstreamModel: name } }: Attempting): Provider {
    if (name.startsWith("claude-")) return claude;
    if (/^(mistral|codestral)[-@]/.test(name)) {
      const message =
        `Mistral's models on Vertex AI have a wire of their own, which is not spoken here; ask provider "mistral"`;
      throw loomError("unsupported", message, { feature: name }, { provider, model });
    }
    return name.includes("/") && !/^(models|tunedModels)\//.test(name) ? others : google;
  }

  return {
    ...google,
    open: (ctx, key) => of(ctx).open(ctx, key),
    countTokens: async (ctx, key) => {
      const { countTokens } = of(ctx);
      if (countTokens !== undefined) return await countTokens(ctx, key);
      const { provider, model } = ctx.target;
      const feature = "token counting";
      throw loomError("unsupported", `Vertex AI has no ${feature} for ${model}`, { feature }, {
        provider,
        model,
      });
    },
  };
}
