/** Counts tokens on this machine, with the vocabularies of OpenAI's models. They take a moment to load, so only on demand. */

export type Encoding = "o200k_base" | "cl100k_base";

export interface LocalTokenizer {
  readonly encoding: Encoding;
  /** Whether the model has this vocabulary; of other models the count is an estimate. */
  readonly exact: boolean;
  /** Of a text alone, without what a request adds to it. */
  count(text: string): number;
}

/** Names of OpenAI's own models, whoever serves them: `gpt-4o`, `o3-mini`, `openai/gpt-oss-120b`. */
const ofOpenAI = /^(?:chatgpt-|codex-|computer-use|ft:gpt-|gpt-|o\d|text-embedding-)/;

/**
 * The encoder's time grows with the square of a run of letters, of signs or of blanks: 100,000 letters without a break
 * would hold up the process for seconds. Longer runs are cut, which moves the count by a token per cut.
 */
const longestRun = 2_000;
const longRun =
  /[\p{L}\p{M}]{2000}(?=[\p{L}\p{M}])|[^\s\p{L}\p{M}\p{N}]{2000}(?=[^\s\p{L}\p{M}\p{N}])|\s{2000}(?=\s)/gu;

/** Marks such as `<|endoftext|>` are text like any other here. */
const asText = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };

const loading = new Map<Encoding, Promise<(text: string) => number>>();

/** @param model as the vendor is asked for it */
export async function localTokenizer(model: string): Promise<LocalTokenizer> {
  const { encoding, exact } = await encodingOf(model);
  return { encoding, exact, count: await counterOf(encoding) };
}

/** Which vocabulary counts for a model, without loading it. */
export async function encodingOf(model: string): Promise<Pick<LocalTokenizer, "encoding" | "exact">> {
  const { modelToEncodingMap } = await import("gpt-tokenizer/mapping");
  const name = model.slice(model.lastIndexOf("/") + 1).toLowerCase();
  const plain = name.replace(/^ft:/, "").replace(/:.*$/, "");
  const known: ReadonlyMap<string, string> = new Map(Object.entries(modelToEncodingMap));
  // Models that the list does not have are newer than those that it has.
  const listed = known.get(plain) ?? "o200k_base";
  const harmonised = listed === "o200k_harmony" ? "o200k_base" : listed;
  const encoding: Encoding = harmonised === "o200k_base" ? "o200k_base" : "cl100k_base";
  return { encoding, exact: ofOpenAI.test(name) && harmonised === encoding };
}

function counterOf(encoding: Encoding): Promise<(text: string) => number> {
  let counter = loading.get(encoding);
  if (counter === undefined) loading.set(encoding, counter = load(encoding));
  return counter;
}

async function load(encoding: Encoding): Promise<(text: string) => number> {
  const { countTokens } = encoding === "o200k_base"
    ? await import("gpt-tokenizer/encoding/o200k_base")
    : await import("gpt-tokenizer/encoding/cl100k_base");
  return (text) => {
    if (text.length <= longestRun) return countTokens(text, asText);
    let [tokens, from] = [0, 0];
    for (const { 0: run, index } of text.matchAll(longRun)) {
      tokens += countTokens(text.slice(from, index + run.length), asText);
      from = index + run.length;
    }
    return tokens + countTokens(text.slice(from), asText);
  };
}
