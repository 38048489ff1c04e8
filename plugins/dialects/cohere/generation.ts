/** What a model of Cohere's can do, by its name: only the generations that came before thinking are known by theirs. */

/**
 * Whether the model thinks. Those that do take `thinking` and give thinking back as content; the older ones plan their tool
 * calls in `tool_plan`, which the newer ones refuse (docs.cohere.com/docs/reasoning).
 */
export function thinks(upstreamModel: string): boolean {
  return !plain.test(upstreamModel);
}

const plain =
  /^(command$|command-(light|nightly|r\b|r-|r7b|a-03-2025|a-vision|a-translate)|c4ai-|command-r\+)/;
