/** The plugins that ship. Made by `npm run generate`; a test keeps it fresh. */
// deno-fmt-ignore-file

import type { Manifest } from "../src/plugin.ts";

/** Vendors that are data, by id, checked when this file was made. */
export const manifests: Readonly<Record<string, Manifest>> = {
  "cerebras": {
    "id": "cerebras",
    "label": "Cerebras",
    "dialect": "openai-chat",
    "baseUrl": "https://api.cerebras.ai/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "CEREBRAS_API_KEY"
      ]
    },
    "params": {
      "rename": {
        "max_tokens": "max_completion_tokens"
      }
    },
    "reasoning": {
      "reply": "reasoning"
    },
    "capabilities": {
      "text": true,
      "embedding": false,
      "tools": true,
      "images": false,
      "files": false,
      "audio": false
    },
    "sources": [
      "https://inference-docs.cerebras.ai/api-reference/chat-completions",
      "https://github.com/Cerebras/cerebras-cloud-sdk-node"
    ]
  },
  "deepseek": {
    "id": "deepseek",
    "label": "DeepSeek",
    "dialect": "openai-chat",
    "baseUrl": "https://api.deepseek.com/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "DEEPSEEK_API_KEY"
      ]
    },
    "params": {
      "rename": {
        "max_completion_tokens": "max_tokens"
      }
    },
    "reasoning": {
      "reply": "reasoning_content",
      "request": "reasoning_content",
      "requestScope": "turn"
    },
    "usage": {
      "cachedInput": "/prompt_cache_hit_tokens"
    },
    "finish": {
      "insufficient_system_resource": "error"
    },
    "structuredOutput": "json_object",
    "capabilities": {
      "text": true,
      "embedding": false,
      "tools": true,
      "images": false,
      "files": false,
      "audio": false
    },
    "sources": [
      "https://api-docs.deepseek.com"
    ]
  },
  "fireworks": {
    "id": "fireworks",
    "label": "Fireworks AI",
    "dialect": "openai-chat",
    "baseUrl": "https://api.fireworks.ai/inference/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "FIREWORKS_API_KEY"
      ]
    },
    "reasoning": {
      "reply": "reasoning_content",
      "request": "reasoning_content"
    },
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true,
      "files": false,
      "audio": false
    },
    "models": "open",
    "sources": [
      "https://docs.fireworks.ai/api-reference/post-chatcompletions",
      "https://github.com/fw-ai-external/python-sdk"
    ]
  },
  "groq": {
    "id": "groq",
    "label": "Groq",
    "dialect": "openai-chat",
    "baseUrl": "https://api.groq.com/openai/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "GROQ_API_KEY"
      ]
    },
    "params": {
      "drop": [
        "logprobs",
        "top_logprobs",
        "logit_bias",
        "name"
      ],
      "clamp": {
        "n": [
          1,
          1
        ]
      }
    },
    "reasoning": {
      "reply": "reasoning"
    },
    "usage": {
      "stream": "always"
    },
    "errors": {
      "codes": {
        "tool_use_failed": "provider-failed"
      }
    },
    "structuredOutput": "json_object",
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true,
      "files": false,
      "audio": false
    },
    "sources": [
      "https://console.groq.com/docs/openai",
      "https://github.com/groq/groq-typescript"
    ]
  },
  "hunyuan": {
    "id": "hunyuan",
    "label": "Tencent Hunyuan",
    "dialect": "openai-chat",
    "baseUrl": "https://api.hunyuan.cloud.tencent.com/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "HUNYUAN_API_KEY"
      ]
    },
    "env": {
      "baseUrl": [
        "HUNYUAN_BASE_URL"
      ]
    },
    "params": {
      "rename": {
        "max_completion_tokens": "max_tokens"
      }
    },
    "reasoning": {
      "reply": "reasoning_content"
    },
    "finish": {
      "sensitive": "content-filter"
    },
    "structuredOutput": "none",
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true,
      "files": false,
      "audio": false
    },
    "sources": [
      "https://cloud.tencent.com/document/product/1729/111007"
    ]
  },
  "lmstudio": {
    "id": "lmstudio",
    "label": "LM Studio",
    "dialect": "openai-chat",
    "baseUrl": "http://127.0.0.1:1234/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "LMSTUDIO_API_KEY"
      ],
      "optional": true
    },
    "env": {
      "baseUrl": [
        "LMSTUDIO_BASE_URL"
      ],
      "model": [
        "LMSTUDIO_MODEL"
      ]
    },
    "params": {
      "rename": {
        "max_completion_tokens": "max_tokens"
      }
    },
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true
    },
    "models": "open",
    "sources": [
      "https://lmstudio.ai/docs/app/api/endpoints/openai"
    ]
  },
  "local": {
    "id": "local",
    "label": "Local server",
    "dialect": "openai-chat",
    "baseUrl": "http://127.0.0.1:8000/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "LOCAL_API_KEY"
      ],
      "optional": true
    },
    "env": {
      "baseUrl": [
        "LOCAL_BASE_URL"
      ],
      "model": [
        "LOCAL_MODEL"
      ]
    },
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true,
      "files": true,
      "audio": true
    },
    "models": "open",
    "sources": [
      "https://github.com/openai/openai-openapi"
    ]
  },
  "minimax": {
    "id": "minimax",
    "label": "MiniMax",
    "dialect": "openai-chat",
    "baseUrl": "https://api.minimax.io/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "MINIMAX_API_KEY"
      ]
    },
    "params": {
      "clamp": {
        "temperature": [
          0.01,
          1
        ]
      }
    },
    "reasoning": {
      "tags": true
    },
    "errors": {
      "codes": {
        "1000": "provider-failed",
        "1001": "provider-failed",
        "1002": "rate-limited",
        "1004": "auth-rejected",
        "1008": "quota-exhausted",
        "1024": "provider-failed",
        "1026": "content-filtered",
        "1027": "content-filtered",
        "1028": "quota-exhausted",
        "1030": "quota-exhausted",
        "1033": "provider-failed",
        "1039": "rate-limited",
        "2013": "invalid-request",
        "2049": "auth-rejected",
        "2061": "permission-denied"
      },
      "inBody": {
        "code": "/base_resp/status_code",
        "message": "/base_resp/status_msg",
        "ok": [
          0
        ]
      }
    },
    "structuredOutput": "none",
    "capabilities": {
      "text": true,
      "embedding": false,
      "tools": true,
      "images": true,
      "files": false,
      "audio": false
    },
    "sources": [
      "https://platform.minimax.io/docs",
      "https://github.com/MiniMax-AI/cli"
    ]
  },
  "mistral": {
    "id": "mistral",
    "label": "Mistral",
    "dialect": "openai-chat",
    "baseUrl": "https://api.mistral.ai/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "MISTRAL_API_KEY"
      ]
    },
    "params": {
      "rename": {
        "seed": "random_seed",
        "max_completion_tokens": "max_tokens",
        "dimensions": "output_dimension"
      },
      "drop": [
        "logprobs",
        "top_logprobs",
        "logit_bias",
        "user"
      ]
    },
    "reasoning": {
      "request": "content"
    },
    "usage": {
      "stream": "always"
    },
    "finish": {
      "model_length": "length",
      "error": "error"
    },
    "tools": {
      "toolCallIds": "mistral9",
      "required": "any"
    },
    "documents": "document_url",
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true,
      "files": true,
      "audio": true
    },
    "otelName": "mistral_ai",
    "sources": [
      "https://docs.mistral.ai",
      "https://github.com/mistralai/client-ts"
    ]
  },
  "moonshot": {
    "id": "moonshot",
    "label": "Moonshot AI",
    "dialect": "openai-chat",
    "baseUrl": "https://api.moonshot.ai/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "MOONSHOT_API_KEY"
      ]
    },
    "env": {
      "baseUrl": [
        "MOONSHOT_BASE_URL"
      ]
    },
    "params": {
      "rename": {
        "max_completion_tokens": "max_tokens"
      },
      "clamp": {
        "temperature": [
          0,
          1
        ]
      }
    },
    "reasoning": {
      "reply": "reasoning_content",
      "request": "reasoning_content"
    },
    "usage": {
      "cachedInput": "/cached_tokens"
    },
    "errors": {
      "codes": {
        "invalid_authentication_error": "auth-rejected",
        "exceeded_current_quota_error": "quota-exhausted",
        "rate_limit_reached_error": "rate-limited",
        "engine_overloaded_error": "overloaded",
        "content_filter": "content-filtered",
        "resource_not_found_error": "model-not-found"
      }
    },
    "structuredOutput": "json_object",
    "capabilities": {
      "text": true,
      "embedding": false,
      "tools": true,
      "images": true,
      "files": false,
      "audio": false
    },
    "otelName": "moonshot_ai",
    "sources": [
      "https://platform.moonshot.ai/docs/api/chat",
      "https://platform.moonshot.ai/docs/api/errors"
    ]
  },
  "nvidia": {
    "id": "nvidia",
    "label": "NVIDIA NIM",
    "dialect": "openai-chat",
    "baseUrl": "https://integrate.api.nvidia.com/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "NVIDIA_API_KEY",
        "NVIDIA_NIM_API_KEY"
      ]
    },
    "env": {
      "baseUrl": [
        "NVIDIA_NIM_API_BASE"
      ]
    },
    "params": {
      "rename": {
        "max_completion_tokens": "max_tokens"
      }
    },
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true,
      "files": false,
      "audio": false
    },
    "models": "open",
    "sources": [
      "https://docs.api.nvidia.com/nim/reference/llm-apis",
      "https://docs.litellm.ai/docs/providers/nvidia_nim"
    ]
  },
  "ollama": {
    "id": "ollama",
    "label": "Ollama",
    "dialect": "openai-chat",
    "baseUrl": "http://127.0.0.1:11434/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "OLLAMA_API_KEY"
      ],
      "optional": true
    },
    "env": {
      "baseUrl": [
        "OLLAMA_BASE_URL"
      ],
      "model": [
        "OLLAMA_MODEL"
      ]
    },
    "params": {
      "rename": {
        "max_completion_tokens": "max_tokens"
      },
      "drop": [
        "logit_bias",
        "n",
        "user"
      ]
    },
    "tools": {
      "required": "auto"
    },
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true,
      "files": false,
      "audio": false
    },
    "models": "open",
    "sources": [
      "https://github.com/ollama/ollama/blob/main/docs/openai.md"
    ]
  },
  "openai": {
    "id": "openai",
    "label": "OpenAI",
    "dialect": "openai-chat",
    "baseUrl": "https://api.openai.com/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "OPENAI_API_KEY"
      ]
    },
    "env": {
      "baseUrl": [
        "OPENAI_BASE_URL"
      ],
      "model": [
        "OPENAI_MODEL"
      ]
    },
    "headers": {
      "OpenAI-Organization": "${OPENAI_ORGANIZATION|OPENAI_ORG_ID}",
      "OpenAI-Project": "${OPENAI_PROJECT_ID}"
    },
    "params": {
      "rename": {
        "max_tokens": "max_completion_tokens"
      }
    },
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true,
      "files": true,
      "audio": true
    },
    "sources": [
      "https://github.com/openai/openai-openapi",
      "https://github.com/openai/openai-node"
    ]
  },
  "openrouter": {
    "id": "openrouter",
    "label": "OpenRouter",
    "dialect": "openai-chat",
    "baseUrl": "https://openrouter.ai/api/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "OPENROUTER_API_KEY"
      ]
    },
    "headers": {
      "HTTP-Referer": "${OPENROUTER_HTTP_REFERER}",
      "X-OpenRouter-Title": "${OPENROUTER_TITLE}"
    },
    "reasoning": {
      "reply": "reasoning",
      "request": "reasoning"
    },
    "usage": {
      "cacheWrite": "/prompt_tokens_details/cache_write_tokens",
      "costUsd": "/cost"
    },
    "documents": "file-or-url",
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true,
      "files": true,
      "audio": true
    },
    "models": "open",
    "sources": [
      "https://openrouter.ai/docs/api-reference/overview",
      "https://openrouter.ai/docs/errors",
      "https://github.com/OpenRouterTeam/typescript-sdk"
    ]
  },
  "perplexity": {
    "id": "perplexity",
    "label": "Perplexity",
    "dialect": "openai-chat",
    "baseUrl": "https://api.perplexity.ai",
    "auth": {
      "type": "bearer",
      "env": [
        "PERPLEXITY_API_KEY",
        "PPLX_API_KEY"
      ]
    },
    "paths": {
      "embeddings": "/v1/embeddings"
    },
    "params": {
      "rename": {
        "max_completion_tokens": "max_tokens"
      }
    },
    "reasoning": {
      "tags": true
    },
    "usage": {
      "reasoning": "/reasoning_tokens",
      "costUsd": "/cost/total_cost",
      "reasoningApart": true,
      "stream": "always"
    },
    "capabilities": {
      "text": true,
      "embedding": true,
      "images": true,
      "files": false,
      "audio": false
    },
    "sources": [
      "https://docs.perplexity.ai/api-reference/chat-completions-post",
      "https://github.com/perplexityai/perplexity-node"
    ]
  },
  "qwen": {
    "id": "qwen",
    "label": "Qwen (Alibaba Model Studio)",
    "dialect": "openai-chat",
    "baseUrl": "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "DASHSCOPE_API_KEY",
        "ALIBABA_API_KEY"
      ]
    },
    "params": {
      "rename": {
        "max_completion_tokens": "max_tokens"
      }
    },
    "reasoning": {
      "reply": "reasoning_content"
    },
    "usage": {
      "cacheWrite": "/prompt_tokens_details/cache_creation_input_tokens"
    },
    "errors": {
      "codes": {
        "InvalidApiKey": "auth-rejected",
        "Arrearage": "quota-exhausted",
        "Throttling.RateQuota": "rate-limited",
        "Throttling.AllocationQuota": "rate-limited",
        "DataInspectionFailed": "content-filtered",
        "data_inspection_failed": "content-filtered",
        "Model.AccessDenied": "permission-denied",
        "ModelNotFound": "model-not-found"
      }
    },
    "structuredOutput": "json_object",
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true,
      "files": false
    },
    "sources": [
      "https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope",
      "https://www.alibabacloud.com/help/en/model-studio/error-code"
    ]
  },
  "together": {
    "id": "together",
    "label": "Together AI",
    "dialect": "openai-chat",
    "baseUrl": "https://api.together.ai/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "TOGETHER_API_KEY"
      ]
    },
    "env": {
      "baseUrl": [
        "TOGETHER_BASE_URL"
      ]
    },
    "params": {
      "rename": {
        "max_completion_tokens": "max_tokens"
      }
    },
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true,
      "files": false,
      "audio": false
    },
    "models": "open",
    "sources": [
      "https://docs.together.ai/reference/chat-completions-1",
      "https://github.com/togethercomputer/together-typescript"
    ]
  },
  "vllm": {
    "id": "vllm",
    "label": "vLLM",
    "dialect": "openai-chat",
    "baseUrl": "http://127.0.0.1:8000/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "VLLM_API_KEY"
      ],
      "optional": true
    },
    "env": {
      "baseUrl": [
        "VLLM_BASE_URL"
      ],
      "model": [
        "VLLM_MODEL"
      ]
    },
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true,
      "audio": true
    },
    "models": "open",
    "sources": [
      "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html"
    ]
  },
  "xai": {
    "id": "xai",
    "label": "xAI",
    "dialect": "openai-chat",
    "baseUrl": "https://api.x.ai/v1",
    "auth": {
      "type": "bearer",
      "env": [
        "XAI_API_KEY"
      ]
    },
    "reasoning": {
      "reply": "reasoning_content"
    },
    "usage": {
      "costUsd": "/cost_in_usd_ticks",
      "costUnitsPerUsd": 10000000000,
      "reasoningApart": true
    },
    "capabilities": {
      "text": true,
      "embedding": false,
      "tools": true,
      "images": true,
      "files": false,
      "audio": false
    },
    "otelName": "x_ai",
    "sources": [
      "https://docs.x.ai",
      "https://github.com/xai-org/xai-proto",
      "https://github.com/vercel/ai/tree/main/packages/xai"
    ]
  },
  "zai": {
    "id": "zai",
    "label": "Z.AI",
    "dialect": "openai-chat",
    "baseUrl": "https://open.bigmodel.cn/api/paas/v4",
    "auth": {
      "type": "bearer",
      "env": [
        "ZAI_API_KEY",
        "ZHIPUAI_API_KEY",
        "ZHIPU_API_KEY"
      ]
    },
    "env": {
      "baseUrl": [
        "ZAI_BASE_URL"
      ],
      "model": [
        "ZAI_MODEL"
      ]
    },
    "params": {
      "rename": {
        "max_completion_tokens": "max_tokens"
      },
      "clamp": {
        "temperature": [
          0,
          1
        ]
      }
    },
    "reasoning": {
      "reply": "reasoning_content",
      "request": "reasoning_content"
    },
    "usage": {
      "stream": "always"
    },
    "errors": {
      "codes": {
        "1000": "auth-rejected",
        "1001": "auth-rejected",
        "1002": "auth-rejected",
        "1003": "auth-rejected",
        "1004": "auth-rejected",
        "1110": "permission-denied",
        "1111": "permission-denied",
        "1112": "permission-denied",
        "1113": "quota-exhausted",
        "1120": "permission-denied",
        "1121": "permission-denied",
        "1210": "invalid-request",
        "1211": "model-not-found",
        "1214": "invalid-request",
        "1220": "permission-denied",
        "1221": "model-not-found",
        "1222": "model-not-found",
        "1234": "provider-failed",
        "1261": "context-too-long",
        "1301": "content-filtered",
        "1302": "rate-limited",
        "1303": "rate-limited",
        "1304": "quota-exhausted",
        "1305": "overloaded",
        "1308": "quota-exhausted",
        "1309": "quota-exhausted",
        "1310": "quota-exhausted",
        "1312": "overloaded"
      }
    },
    "finish": {
      "sensitive": "content-filter",
      "network_error": "error"
    },
    "structuredOutput": "json_object",
    "tools": {
      "required": "auto"
    },
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true,
      "files": false,
      "audio": false
    },
    "sources": [
      "https://docs.z.ai",
      "https://docs.bigmodel.cn/cn/faq/api-code",
      "https://github.com/zai-org/z-ai-sdk-python"
    ]
  }
};

/** Code plugins as `kind/id`; each loads on first use. */
export const plugins: Readonly<Record<string, () => Promise<{ readonly default: unknown }>>> = {
  "cache/memory": () => import("./caches/memory/index.ts"),
  "cache/redis": () => import("./caches/redis/index.ts"),
  "dialect/openai-chat": () => import("./dialects/openai-chat/index.ts"),
  "provider/sandbox": () => import("./providers/sandbox/index.ts"),
  "sink/log": () => import("./sinks/log/index.ts"),
};
