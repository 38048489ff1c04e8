/** Counts tokens as current OpenAI models do. The vocabulary takes a moment to load, so that it waits for the first call. */

/** Turns text into tokens and back. */
export interface Tokenizer {
  count(text: string): number;
  /** The beginning of `text` that has at most `maxTokens` tokens. */
  clip(text: string, maxTokens: number): { readonly text: string; readonly clipped: boolean };
}

/**
 * The encoder's time grows with the square of a run without a break: 100,000 letters in a row would hold up the process
 * for seconds. Longer runs are cut, which moves the count by a token per cut.
 */
const longestRun = 200;
const runs = /\s{1,200}|\S{1,200}/g;
const hasLongRun = /\S{201}|\s{201}/;

/** Beyond this the count is an estimate of four characters a token. */
const longestCounted = 1_000_000;

/** Marks such as `<|endoftext|>` are text like any other here. */
const asText = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };

let loaded: Promise<Tokenizer> | undefined;

export function loadTokenizer(): Promise<Tokenizer> {
  return loaded ??= load();
}

async function load(): Promise<Tokenizer> {
  const { encode, decode } = await import("gpt-tokenizer/encoding/o200k_base");
  const encoded = (text: string) => {
    if (!hasLongRun.test(text)) return encode(text, asText);
    return (text.match(runs) ?? []).flatMap((run) => encode(run, asText));
  };
  return {
    count(text) {
      if (text.length > longestCounted) return Math.ceil(text.length / 4);
      return encoded(text).length;
    },
    clip(text, maxTokens) {
      if (maxTokens === Infinity) return { text, clipped: false };
      // No token is longer than a run, so that the rest need not be encoded.
      const head = text.slice(0, Math.min(text.length, maxTokens * longestRun, longestCounted));
      const tokens = encoded(head);
      if (tokens.length <= maxTokens) return { text: head, clipped: head.length < text.length };
      // A clip through the middle of a character leaves a mark of that, which is no text.
      return { text: decode(tokens.slice(0, maxTokens)).replace(/\ufffd+$/, ""), clipped: true };
    },
  };
}
