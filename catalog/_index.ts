/** Generated from catalog/*.yaml by `npm run generate`; edit those. */
// deno-fmt-ignore-file

/** A bundled vendor's models, read when they are first asked for. In catalog order. */
export const vendors: Readonly<Record<string, () => Promise<{ readonly default: unknown }>>> = {
  "anthropic": () => import("./_compiled/anthropic.json", { with: { type: "json" } }),
  "bfl": () => import("./_compiled/bfl.json", { with: { type: "json" } }),
  "cohere": () => import("./_compiled/cohere.json", { with: { type: "json" } }),
  "deepseek": () => import("./_compiled/deepseek.json", { with: { type: "json" } }),
  "gemini": () => import("./_compiled/gemini.json", { with: { type: "json" } }),
  "hunyuan": () => import("./_compiled/hunyuan.json", { with: { type: "json" } }),
  "ideogram": () => import("./_compiled/ideogram.json", { with: { type: "json" } }),
  "minimax": () => import("./_compiled/minimax.json", { with: { type: "json" } }),
  "mistral": () => import("./_compiled/mistral.json", { with: { type: "json" } }),
  "moonshot": () => import("./_compiled/moonshot.json", { with: { type: "json" } }),
  "openai": () => import("./_compiled/openai.json", { with: { type: "json" } }),
  "perplexity": () => import("./_compiled/perplexity.json", { with: { type: "json" } }),
  "qwen": () => import("./_compiled/qwen.json", { with: { type: "json" } }),
  "seedream": () => import("./_compiled/seedream.json", { with: { type: "json" } }),
  "xai": () => import("./_compiled/xai.json", { with: { type: "json" } }),
  "zai": () => import("./_compiled/zai.json", { with: { type: "json" } }),
  "vertex": () => import("./_compiled/vertex.json", { with: { type: "json" } }),
  "bedrock": () => import("./_compiled/bedrock.json", { with: { type: "json" } }),
  "groq": () => import("./_compiled/groq.json", { with: { type: "json" } }),
  "cerebras": () => import("./_compiled/cerebras.json", { with: { type: "json" } }),
  "together": () => import("./_compiled/together.json", { with: { type: "json" } }),
  "fireworks": () => import("./_compiled/fireworks.json", { with: { type: "json" } }),
  "nvidia": () => import("./_compiled/nvidia.json", { with: { type: "json" } }),
  "openrouter": () => import("./_compiled/openrouter.json", { with: { type: "json" } }),
  "ollama": () => import("./_compiled/ollama.json", { with: { type: "json" } }),
  "sandbox": () => import("./_compiled/sandbox.json", { with: { type: "json" } }),
};

/** Every name of every bundled model -> the vendors that have it. */
export async function loadNames(): Promise<Readonly<Record<string, readonly string[]>>> {
  const names = await import("./_compiled/names.json", { with: { type: "json" } });
  return names.default as unknown as Readonly<Record<string, readonly string[]>>;
}

/** Model -> models of other vendors that can stand in for it, best first. */
export const equivalents: Readonly<Record<string, readonly string[]>> = {
  "openai/gpt-4o-mini": [
    "anthropic/claude-haiku-4-5",
    "gemini/gemini-2.5-flash",
    "deepseek/deepseek-v3",
  ],
  "openai/gpt-4.1-mini": [
    "anthropic/claude-haiku-4-5",
    "gemini/gemini-2.5-flash",
    "deepseek/deepseek-v3",
  ],
  "openai/gpt-4.1-nano": [
    "gemini/gemini-2.5-flash-lite",
    "anthropic/claude-haiku-5-5",
    "mistral/mistral-small-latest",
  ],
  "openai/gpt-5-mini": [
    "anthropic/claude-haiku-4-5",
    "gemini/gemini-2.5-flash",
    "deepseek/deepseek-v3",
  ],
  "openai/gpt-5-nano": [
    "gemini/gemini-2.5-flash-lite",
    "anthropic/claude-haiku-5-5",
    "mistral/mistral-small-latest",
  ],
  "openai/gpt-5.4-mini": [
    "anthropic/claude-haiku-4-5",
    "gemini/gemini-3.5-flash",
    "deepseek/deepseek-flash",
  ],
  "openai/gpt-5.4-nano": [
    "gemini/gemini-3.5-flash-lite",
    "anthropic/claude-haiku-5-5",
    "mistral/mistral-small-latest",
  ],
  "openai/gpt-5.6-luna": [
    "gemini/gemini-3.8-flash",
    "anthropic/claude-haiku-5-5",
    "deepseek/deepseek-flash",
  ],
  "openai/gpt-6-luna": [
    "gemini/gemini-3.8-flash",
    "anthropic/claude-haiku-5-5",
    "deepseek/deepseek-flash",
  ],
  "anthropic/claude-haiku-4-5": [
    "openai/gpt-4o-mini",
    "gemini/gemini-2.5-flash",
    "deepseek/deepseek-v3",
  ],
  "anthropic/claude-haiku-5-5": [
    "openai/gpt-6-luna",
    "gemini/gemini-3.8-flash",
    "deepseek/deepseek-flash",
  ],
  "gemini/gemini-2.5-flash": [
    "openai/gpt-4o-mini",
    "anthropic/claude-haiku-4-5",
    "deepseek/deepseek-v3",
  ],
  "gemini/gemini-2.5-flash-lite": [
    "openai/gpt-5-nano",
    "anthropic/claude-haiku-5-5",
    "mistral/mistral-small-latest",
  ],
  "gemini/gemini-3.8-flash": [
    "openai/gpt-6-luna",
    "anthropic/claude-haiku-5-5",
    "deepseek/deepseek-flash",
  ],
  "mistral/mistral-small-latest": [
    "openai/gpt-4o-mini",
    "gemini/gemini-2.5-flash",
    "anthropic/claude-haiku-4-5",
  ],
  "deepseek/deepseek-chat": [
    "openai/gpt-4o-mini",
    "gemini/gemini-2.5-flash",
    "anthropic/claude-haiku-4-5",
  ],
  "deepseek/deepseek-flash": [
    "openai/gpt-6-luna",
    "gemini/gemini-3.8-flash",
    "anthropic/claude-haiku-5-5",
  ],
  "openai/gpt-4o": [
    "anthropic/claude-sonnet-4-6",
    "gemini/gemini-2.5-pro",
    "mistral/mistral-large-latest",
  ],
  "openai/gpt-4.1": [
    "anthropic/claude-sonnet-4-6",
    "gemini/gemini-2.5-pro",
    "mistral/mistral-large-latest",
  ],
  "openai/gpt-5": [
    "anthropic/claude-sonnet-4-6",
    "gemini/gemini-2.5-pro",
    "deepseek/deepseek-v4-pro",
  ],
  "openai/gpt-5.4": [
    "anthropic/claude-sonnet-4-6",
    "gemini/gemini-3.1-pro-preview",
    "xai/grok-4.5",
  ],
  "openai/gpt-5.6-sol": [
    "anthropic/claude-sonnet-5-5",
    "gemini/gemini-3.1-pro-preview",
    "xai/grok-4.6",
  ],
  "openai/gpt-6.2-sol": [
    "anthropic/claude-sonnet-5-5",
    "gemini/gemini-3.1-pro-preview",
    "xai/grok-4.6",
  ],
  "anthropic/claude-sonnet-4-6": [
    "openai/gpt-5.4",
    "gemini/gemini-2.5-pro",
    "xai/grok-4.5",
  ],
  "anthropic/claude-sonnet-5-5": [
    "openai/gpt-6.2-sol",
    "gemini/gemini-3.1-pro-preview",
    "xai/grok-4.6",
  ],
  "gemini/gemini-2.5-pro": [
    "openai/gpt-5",
    "anthropic/claude-sonnet-4-6",
    "deepseek/deepseek-v4-pro",
  ],
  "gemini/gemini-3.1-pro-preview": [
    "openai/gpt-6.2-sol",
    "anthropic/claude-sonnet-5-5",
    "xai/grok-4.6",
  ],
  "xai/grok-4.5": [
    "openai/gpt-5.4",
    "anthropic/claude-sonnet-4-6",
    "gemini/gemini-2.5-pro",
  ],
  "mistral/mistral-large-latest": [
    "openai/gpt-4.1",
    "anthropic/claude-sonnet-4-6",
    "gemini/gemini-2.5-pro",
  ],
  "deepseek/deepseek-v4-pro": [
    "openai/gpt-5",
    "gemini/gemini-2.5-pro",
    "zai/glm-5.3",
  ],
  "deepseek/deepseek-reasoner": [
    "openai/o3",
    "gemini/gemini-2.5-pro",
    "zai/glm-5.3",
  ],
  "zai/glm-5.3": [
    "moonshot/kimi-k3",
    "deepseek/deepseek-v4-pro",
    "minimax/MiniMax-M3",
  ],
  "moonshot/kimi-k3": [
    "zai/glm-5.3",
    "deepseek/deepseek-v4-pro",
    "minimax/MiniMax-M3",
  ],
  "minimax/MiniMax-M3": [
    "zai/glm-5.3",
    "moonshot/kimi-k3",
    "deepseek/deepseek-v4-pro",
  ],
  "qwen/qwen3.7-max": [
    "zai/glm-5.3",
    "moonshot/kimi-k3",
    "deepseek/deepseek-v4-pro",
  ],
  "openai/gpt-6.2-astra": [
    "anthropic/claude-opus-5-5",
    "gemini/gemini-3.1-pro-preview",
  ],
  "anthropic/claude-opus-5-5": [
    "openai/gpt-6.2-astra",
    "gemini/gemini-3.1-pro-preview",
  ],
  "anthropic/claude-opus-4-8": [
    "openai/gpt-5.5",
    "gemini/gemini-3.1-pro-preview",
  ],
  "groq/openai/gpt-oss-120b": [
    "cerebras/gpt-oss-120b",
    "together/openai/gpt-oss-120b",
    "fireworks/gpt-oss-120b",
  ],
  "cerebras/gpt-oss-120b": [
    "groq/openai/gpt-oss-120b",
    "together/openai/gpt-oss-120b",
    "fireworks/gpt-oss-120b",
  ],
  "groq/llama-3.3-70b-versatile": [
    "together/meta-llama/Llama-3.3-70B-Instruct-Turbo",
  ],
  "sandbox/sandbox-large": [
    "sandbox/sandbox-small",
  ],
};
