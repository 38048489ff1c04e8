/** Whose model it is, by its id: what stands beside Converse's own fields differs from maker to maker. */

export type Family =
  | "anthropic"
  | "nova"
  | "nova-2"
  | "openai"
  | "gpt-oss"
  | "qwen"
  | "cohere"
  | "meta"
  | "titan"
  | "other";

const patterns: readonly (readonly [Family, RegExp])[] = [
  ["anthropic", /anthropic\.|claude/],
  ["nova-2", /amazon\.nova-2/],
  ["nova", /amazon\.nova/],
  ["titan", /amazon\.titan/],
  ["gpt-oss", /openai\.gpt-oss/],
  ["openai", /openai\./],
  ["qwen", /qwen\./],
  ["cohere", /cohere\./],
  ["meta", /meta\./],
];

/** Ids are `anthropic.claude-…`, `us.anthropic.claude-…`, or ARNs that hold one; ARNs of profiles may hold none. */
export function familyOf(modelId: string): Family {
  return patterns.find(([, pattern]) => pattern.test(modelId))?.[0] ?? "other";
}

/**
 * Models that Bedrock holds to a JSON schema. Claude 5 has been seen to refuse both schemas and strict tools there (docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html; vercel/ai issue-18199-sonnet-5-strict-error.json).
 */
export function takesSchema(modelId: string): boolean {
  return schemaModels.test(modelId);
}

const schemaModels = new RegExp(
  "claude-(?:opus|sonnet|haiku)-4-[5-9]|mistral\\.(?:mistral-large-3|ministral-3|magistral)|" +
    "qwen\\.qwen3|nvidia\\.nemotron|google\\.gemma-3|minimax\\.|zai\\.glm|moonshotai?\\.kimi|deepseek\\.v3|openai\\.gpt-oss",
);
