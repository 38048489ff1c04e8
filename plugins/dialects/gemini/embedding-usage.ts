/** Counts the tokens of embeddings, over all requests of a call. */

import { asCount, asFields, asList, type Fields, type Usage } from "../../../src/plugin.ts";

/** Immutable, so that decoding an answer twice gives the same. */
export class EmbeddingCounter {
  readonly #tokens: number;
  readonly #counted: boolean;

  constructor(tokens: number = 0, counted: boolean = false) {
    this.#tokens = tokens;
    this.#counted = counted;
  }

  /** `usageMetadata` of the Developer API, `tokenCount` in its batches, or the statistics of each vector on Vertex. */
  with(body: Fields): EmbeddingCounter {
    const whole = asCount(asFields(body["usageMetadata"])?.["promptTokenCount"]) ??
      asCount(body["tokenCount"]);
    if (whole !== undefined) return new EmbeddingCounter(this.#tokens + whole, true);
    let tokens = this.#tokens;
    let counted = this.#counted;
    for (const entry of asList(body["predictions"]) ?? []) {
      const statistics = asFields(asFields(asFields(entry)?.["embeddings"])?.["statistics"]);
      const count = asCount(statistics?.["token_count"]) ?? asCount(statistics?.["tokenCount"]);
      if (count === undefined) continue;
      tokens += count;
      counted = true;
    }
    return new EmbeddingCounter(tokens, counted);
  }

  /** `undefined`: nothing was counted, as older models on the Developer API do. */
  usage(): Usage | undefined {
    if (!this.#counted) return undefined;
    return {
      inputTokens: this.#tokens,
      outputTokens: 0,
      cachedTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
      totalTokens: this.#tokens,
    };
  }
}
