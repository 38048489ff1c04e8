/** The plugins that ship. Made by `npm run generate`; a test keeps it fresh. */
// deno-fmt-ignore-file

import type { Manifest } from "../src/plugin.ts";

/** Vendors that are data, by id, checked when this file was made. */
export const manifests: Readonly<Record<string, Manifest>> = {
  "anthropic": {
    "id": "anthropic",
    "label": "Anthropic",
    "dialect": "anthropic-messages",
    "baseUrl": "https://api.anthropic.com",
    "auth": {
      "type": "header",
      "header": "x-api-key",
      "env": [
        "ANTHROPIC_API_KEY"
      ],
      "oauth": {
        "headers": {
          "anthropic-beta": "oauth-2025-04-20"
        }
      }
    },
    "env": {
      "baseUrl": [
        "ANTHROPIC_BASE_URL"
      ],
      "model": [
        "ANTHROPIC_MODEL"
      ]
    },
    "headers": {
      "anthropic-version": "2023-06-01"
    },
    "capabilities": {
      "text": true,
      "embedding": false,
      "tools": true,
      "images": true,
      "files": true,
      "audio": false
    },
    "sources": [
      "https://platform.claude.com/docs/en/api/messages",
      "https://platform.claude.com/docs/en/build-with-claude/thinking"
    ]
  },
  "bfl": {
    "id": "bfl",
    "label": "Black Forest Labs",
    "dialect": "media",
    "baseUrl": "https://api.bfl.ai/v1",
    "auth": {
      "type": "header",
      "header": "x-key",
      "env": [
        "BFL_API_KEY"
      ]
    },
    "env": {
      "baseUrl": [
        "BFL_BASE_URL"
      ]
    },
    "hosts": [
      "*.bfl.ai"
    ],
    "media": {
      "image": {
        "path": "/{model}",
        "model": false,
        "params": {
          "drop": [
            "n",
            "quality",
            "negative_prompt"
          ],
          "convert": {
            "size": "sides"
          }
        },
        "images": {
          "at": [
            "/input_image",
            "/input_image_2",
            "/input_image_3",
            "/input_image_4",
            "/input_image_5",
            "/input_image_6",
            "/input_image_7",
            "/input_image_8"
          ],
          "as": "base64"
        },
        "reply": {
          "items": [
            "/result"
          ],
          "url": "/sample",
          "usage": {
            "costUsd": "/cost",
            "costUnitsPerUsd": 100
          }
        },
        "job": {
          "url": "/polling_url",
          "poll": {
            "path": "/get_result?id={id}"
          },
          "status": [
            "/status",
            "/state"
          ],
          "done": [
            "Ready"
          ],
          "failed": [
            "Error",
            "Failed",
            "Task not found"
          ],
          "blocked": [
            "Request Moderated",
            "Content Moderated"
          ],
          "error": "/details"
        }
      }
    },
    "capabilities": {
      "text": false
    },
    "models": "open",
    "sources": [
      "https://docs.bfl.ai",
      "https://github.com/black-forest-labs/skills",
      "https://github.com/vercel/ai/tree/main/packages/black-forest-labs"
    ]
  },
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
      "reply": "reasoning",
      "tags": true,
      "effort": {
        "minimal": "low",
        "xhigh": "high",
        "max": "high"
      }
    },
    "batch": {
      "maxRows": 50000,
      "maxBytes": 200000000,
      "list": "whole",
      "create": {
        "completion_window": "24h"
      }
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
      "https://github.com/Cerebras/cerebras-cloud-sdk-node",
      "https://inference-docs.cerebras.ai/capabilities/batch"
    ]
  },
  "cohere": {
    "id": "cohere",
    "label": "Cohere",
    "dialect": "cohere",
    "baseUrl": "https://api.cohere.com",
    "auth": {
      "type": "bearer",
      "env": [
        "CO_API_KEY",
        "COHERE_API_KEY"
      ]
    },
    "env": {
      "baseUrl": [
        "CO_API_URL",
        "COHERE_BASE_URL"
      ]
    },
    "params": {
      "clamp": {
        "frequency_penalty": [
          0,
          1
        ],
        "presence_penalty": [
          0,
          1
        ],
        "p": [
          0.01,
          0.99
        ],
        "k": [
          0,
          500
        ]
      }
    },
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true,
      "files": true,
      "audio": false
    },
    "sources": [
      "https://docs.cohere.com/reference/chat",
      "https://docs.cohere.com/reference/embed",
      "https://docs.cohere.com/reference/rerank",
      "https://docs.cohere.com/docs/reasoning",
      "https://docs.cohere.com/reference/create-batch"
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
      "requestScope": "turn",
      "effort": {
        "none": {
          "thinking": {
            "type": "disabled"
          }
        },
        "minimal": "low"
      }
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
    "hosts": [
      "audio-prod.api.fireworks.ai",
      "audio-turbo.api.fireworks.ai"
    ],
    "reasoning": {
      "reply": "reasoning_content",
      "request": "reasoning_content",
      "tags": true
    },
    "media": {
      "image": {
        "path": "/workflows/{model}/text_to_image",
        "headers": {
          "Accept": "image/jpeg"
        },
        "model": false,
        "params": {
          "drop": [
            "n",
            "size",
            "quality",
            "negative_prompt"
          ]
        },
        "reply": {
          "as": "bytes"
        },
        "variants": [
          {
            "path": "/workflows/{model}",
            "headers": {},
            "images": {
              "at": [
                "/input_image"
              ]
            },
            "reply": {
              "items": [
                "/result"
              ],
              "url": "/sample",
              "id": "/request_id"
            },
            "job": {
              "id": "/request_id",
              "poll": {
                "method": "POST",
                "path": "/workflows/{model}/get_result",
                "body": {
                  "id": "{id}"
                }
              },
              "done": [
                "Ready"
              ],
              "failed": [
                "Error",
                "Failed",
                "Task not found"
              ],
              "blocked": [
                "Request Moderated",
                "Content Moderated"
              ],
              "error": "/details"
            },
            "models": [
              "*kontext*"
            ]
          },
          {
            "path": "/image_generation/{model}",
            "params": {
              "drop": [
                "n",
                "aspect_ratio",
                "quality"
              ],
              "convert": {
                "size": "sides"
              }
            },
            "models": [
              "*playground*",
              "*stable-diffusion*",
              "*SSD-1B*"
            ]
          }
        ]
      },
      "transcription": {
        "path": "/audio/transcriptions",
        "base": "https://audio-prod.api.fireworks.ai/v1",
        "variants": [
          {
            "base": "https://audio-turbo.api.fireworks.ai/v1",
            "models": [
              "*turbo*"
            ]
          }
        ]
      },
      "rerank": {
        "path": "/rerank"
      }
    },
    "batch": {
      "api": "fireworks",
      "maxRows": 50000,
      "maxBytes": 149000000
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
      "https://github.com/fw-ai-external/python-sdk",
      "https://docs.fireworks.ai/guides/querying-asr-models",
      "https://github.com/vercel/ai/tree/main/packages/fireworks",
      "https://docs.fireworks.ai/guides/batch-inference"
    ]
  },
  "gemini": {
    "id": "gemini",
    "label": "Google Gemini",
    "dialect": "gemini",
    "baseUrl": "https://generativelanguage.googleapis.com/v1beta",
    "auth": {
      "type": "header",
      "header": "x-goog-api-key",
      "env": [
        "GOOGLE_API_KEY",
        "GEMINI_API_KEY"
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
    "otelName": "gcp.gemini",
    "sources": [
      "https://ai.google.dev/gemini-api/docs",
      "https://github.com/googleapis/js-genai"
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
      "reply": "reasoning",
      "tags": true,
      "effort": {
        "minimal": "low",
        "xhigh": "high",
        "max": "high"
      }
    },
    "usage": {
      "stream": "always"
    },
    "errors": {
      "codes": {
        "tool_use_failed": "provider-failed",
        "json_validate_failed": "provider-failed"
      }
    },
    "structuredOutput": "json_object",
    "media": {
      "speech": {
        "path": "/audio/speech"
      },
      "transcription": {
        "path": "/audio/transcriptions",
        "audio": {
          "url": "/url"
        }
      }
    },
    "batch": {
      "maxRows": 50000,
      "maxBytes": 100000000,
      "list": "whole",
      "create": {
        "completion_window": "24h"
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
    "sources": [
      "https://console.groq.com/docs/openai",
      "https://github.com/groq/groq-typescript",
      "https://console.groq.com/docs/batch"
    ]
  },
  "ideogram": {
    "id": "ideogram",
    "label": "Ideogram",
    "dialect": "media",
    "baseUrl": "https://api.ideogram.ai",
    "auth": {
      "type": "header",
      "header": "Api-Key",
      "env": [
        "IDEOGRAM_API_KEY"
      ]
    },
    "errors": {
      "statuses": {
        "422": "content-filtered"
      }
    },
    "media": {
      "image": {
        "path": "/v1/{model}/generate",
        "model": false,
        "params": {
          "rename": {
            "n": "num_images",
            "size": "resolution"
          },
          "drop": [
            "quality"
          ],
          "convert": {
            "aspect_ratio": "x"
          }
        },
        "reply": {
          "blocked": {
            "at": "/is_image_safe",
            "is": [
              false
            ]
          }
        },
        "edit": {
          "path": "/v1/{model}/remix",
          "body": "form",
          "formLists": "repeat",
          "images": {
            "at": [
              "/image"
            ],
            "as": "file"
          }
        }
      }
    },
    "capabilities": {
      "text": false
    },
    "models": "open",
    "sources": [
      "https://developer.ideogram.ai/api-reference"
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
    "reasoning": {
      "tags": true
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
    "reasoning": {
      "tags": true
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
    "media": {
      "image": {
        "path": "/image_generation",
        "params": {
          "drop": [
            "quality",
            "negative_prompt"
          ],
          "convert": {
            "size": "sides"
          }
        },
        "images": {
          "at": [
            "/subject_reference/-"
          ],
          "each": {
            "type": "character",
            "image_file": "{image}"
          }
        },
        "reply": {
          "items": [
            "/data/image_urls/*",
            "/data/image_base64/*"
          ],
          "url": ""
        }
      },
      "video": {
        "path": "/video_generation",
        "params": {
          "drop": [
            "n",
            "size",
            "aspect_ratio",
            "seed",
            "quality",
            "negative_prompt"
          ],
          "convert": {
            "duration": "number"
          }
        },
        "images": {
          "at": [
            "/first_frame_image",
            "/last_frame_image"
          ]
        },
        "reply": {
          "items": [
            "/file"
          ],
          "url": "/download_url",
          "id": "/task_id"
        },
        "job": {
          "id": "/task_id",
          "poll": {
            "path": "/query/video_generation?task_id={id}"
          },
          "done": [
            "Success"
          ],
          "failed": [
            "Fail",
            "Failed"
          ],
          "result": {
            "path": "/files/retrieve?file_id={/file_id}"
          }
        }
      },
      "speech": {
        "path": "/t2a_v2",
        "fixed": {
          "stream": false
        },
        "prompt": "/text",
        "params": {
          "rename": {
            "voice": "/voice_setting/voice_id",
            "speed": "/voice_setting/speed",
            "response_format": "/audio_setting/format"
          }
        },
        "reply": {
          "as": "json",
          "hex": "/data/audio",
          "format": "/extra_info/audio_format",
          "id": "/trace_id",
          "usage": {
            "characters": "/extra_info/usage_characters"
          }
        }
      }
    },
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
      "request": "content",
      "effort": {
        "none": "none",
        "minimal": "none",
        "*": "high"
      }
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
    "media": {
      "speech": {
        "path": "/audio/speech",
        "params": {
          "rename": {
            "voice": "voice_id"
          },
          "drop": [
            "speed"
          ]
        },
        "reply": {
          "as": "json",
          "b64": "/audio_data"
        }
      },
      "transcription": {
        "path": "/audio/transcriptions",
        "formLists": "repeat",
        "prompt": false,
        "params": {
          "drop": [
            "response_format"
          ]
        },
        "audio": {
          "url": "/file_url"
        }
      },
      "moderation": {
        "path": "/moderations"
      }
    },
    "batch": {
      "maxRows": 100000,
      "maxBytes": 512000000,
      "modalities": [
        "text",
        "embedding"
      ],
      "path": "/batch/jobs",
      "rows": "body-without-model",
      "file": "input_files",
      "list": "pages",
      "create": {
        "timeout_hours": 24
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
    "otelName": "mistral_ai",
    "sources": [
      "https://docs.mistral.ai",
      "https://github.com/mistralai/client-ts",
      "https://docs.mistral.ai/studio-api/batch-processing",
      "https://docs.mistral.ai/resources/known-limitations"
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
      },
      "models": [
        {
          "match": "^kimi-k3",
          "drop": [
            "temperature"
          ]
        }
      ]
    },
    "reasoning": {
      "reply": "reasoning_content",
      "request": "reasoning_content",
      "effort": {
        "none": {
          "thinking": {
            "type": "disabled"
          }
        },
        "minimal": "low",
        "medium": "high",
        "xhigh": "max"
      }
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
    "batch": {
      "maxRows": 50000,
      "maxBytes": 100000000,
      "create": {
        "completion_window": "24h"
      }
    },
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
      "https://platform.moonshot.ai/docs/api/errors",
      "https://platform.moonshot.ai/docs/api/batch"
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
    "hosts": [
      "ai.api.nvidia.com"
    ],
    "params": {
      "rename": {
        "max_completion_tokens": "max_tokens"
      }
    },
    "reasoning": {
      "tags": true
    },
    "media": {
      "rerank": {
        "path": "/retrieval/{model}/reranking",
        "base": "https://ai.api.nvidia.com/v1",
        "prompt": "/query/text",
        "params": {
          "drop": [
            "top_n",
            "return_documents"
          ]
        },
        "documents": {
          "at": "/passages",
          "each": {
            "text": "{document}"
          }
        },
        "reply": {
          "items": [
            "/rankings/*"
          ],
          "score": "/logit"
        }
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
      "https://docs.litellm.ai/docs/providers/nvidia_nim",
      "https://docs.litellm.ai/docs/providers/nvidia_nim_rerank"
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
    "reasoning": {
      "tags": true
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
      },
      "models": [
        {
          "match": "^gpt-5\\.\\d(?!.*-chat)",
          "drop": [
            "temperature",
            "top_p",
            "presence_penalty",
            "frequency_penalty",
            "logit_bias",
            "logprobs",
            "top_logprobs"
          ],
          "keepWithEffort": [
            "none"
          ]
        },
        {
          "match": "^(o\\d+(-|$)|gpt-([5-9]|\\d\\d)(?!\\d)(?!.*-chat)|codex-mini-latest$|computer-use-preview$)",
          "drop": [
            "temperature",
            "top_p",
            "presence_penalty",
            "frequency_penalty",
            "logit_bias",
            "logprobs",
            "top_logprobs"
          ]
        }
      ]
    },
    "media": {
      "image": {
        "path": "/images/generations",
        "params": {
          "drop": [
            "seed",
            "aspect_ratio",
            "negative_prompt"
          ]
        },
        "edit": {
          "path": "/images/edits",
          "body": "form",
          "images": {
            "at": [
              "/image"
            ],
            "many": "/image/-",
            "as": "file"
          }
        }
      },
      "video": {
        "path": "/videos",
        "body": "form",
        "params": {
          "rename": {
            "duration": "seconds"
          },
          "drop": [
            "n",
            "seed",
            "aspect_ratio",
            "resolution",
            "quality",
            "negative_prompt"
          ]
        },
        "images": {
          "at": [
            "/input_reference"
          ],
          "as": "file"
        },
        "job": {
          "poll": {
            "path": "/videos/{id}"
          },
          "done": [
            "completed"
          ],
          "failed": [
            "failed"
          ],
          "progress": "/progress",
          "result": {
            "path": "/videos/{id}/content",
            "as": "bytes"
          }
        }
      },
      "speech": {
        "path": "/audio/speech",
        "params": {
          "default": {
            "voice": "alloy"
          }
        }
      },
      "transcription": {
        "path": "/audio/transcriptions"
      },
      "moderation": {
        "path": "/moderations"
      }
    },
    "batch": {
      "maxRows": 50000,
      "maxBytes": 200000000,
      "modalities": [
        "text",
        "embedding"
      ],
      "create": {
        "completion_window": "24h"
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
      "https://github.com/openai/openai-node",
      "https://github.com/vercel/ai/blob/005be604878853411cb374d0a80e509adca5cb68/packages/openai/src/openai-language-model-capabilities.ts"
    ]
  },
  "openai-responses": {
    "id": "openai-responses",
    "label": "OpenAI (Responses)",
    "dialect": "openai-responses",
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
    "catalog": "openai",
    "params": {
      "models": [
        {
          "match": "^gpt-5\\.\\d(?!.*-chat)",
          "drop": [
            "temperature",
            "top_p",
            "logprobs",
            "top_logprobs"
          ],
          "keepWithEffort": [
            "none"
          ],
          "default": {
            "include": [
              "reasoning.encrypted_content"
            ]
          }
        },
        {
          "match": "^(o\\d+(-|$)|gpt-([5-9]|\\d\\d)(?!\\d)(?!.*-chat)|codex-mini-latest$|computer-use-preview$)",
          "drop": [
            "temperature",
            "top_p",
            "logprobs",
            "top_logprobs"
          ],
          "default": {
            "include": [
              "reasoning.encrypted_content"
            ]
          }
        }
      ]
    },
    "capabilities": {
      "text": true,
      "embedding": false,
      "tools": true,
      "images": true,
      "files": true,
      "audio": true
    },
    "otelName": "openai",
    "sources": [
      "https://github.com/openai/openai-openapi",
      "https://github.com/openai/openai-node",
      "https://platform.openai.com/docs/guides/latest-model",
      "https://github.com/vercel/ai/blob/005be604878853411cb374d0a80e509adca5cb68/packages/openai/src/openai-language-model-capabilities.ts"
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
      "request": "reasoning",
      "tags": true,
      "effort": {
        "none": {
          "reasoning": {
            "effort": "none"
          }
        },
        "minimal": {
          "reasoning": {
            "effort": "minimal"
          }
        },
        "low": {
          "reasoning": {
            "effort": "low"
          }
        },
        "medium": {
          "reasoning": {
            "effort": "medium"
          }
        },
        "high": {
          "reasoning": {
            "effort": "high"
          }
        },
        "xhigh": {
          "reasoning": {
            "effort": "xhigh"
          }
        },
        "max": {
          "reasoning": {
            "effort": "max"
          }
        }
      }
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
      "reply": "reasoning_content",
      "effort": {
        "none": {
          "enable_thinking": false
        },
        "*": {
          "enable_thinking": true
        }
      }
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
    "media": {
      "image": {
        "path": "/services/aigc/multimodal-generation/generation",
        "base": "../../api/v1",
        "fixed": {
          "input": {
            "messages": [
              {
                "role": "user",
                "content": [
                  {}
                ]
              }
            ]
          },
          "parameters": {}
        },
        "prompt": "/input/messages/0/content/0/text",
        "params": {
          "under": "/parameters",
          "drop": [
            "aspect_ratio",
            "quality"
          ],
          "convert": {
            "size": "star"
          }
        },
        "images": {
          "at": [
            "/input/messages/0/content/-"
          ],
          "each": {
            "image": "{image}"
          }
        },
        "reply": {
          "items": [
            "/output/choices/*/message/content/*"
          ],
          "url": "/image",
          "id": "/request_id",
          "usage": {
            "images": "/usage/output_image_count"
          }
        },
        "variants": [
          {
            "path": "/services/aigc/text2image/image-synthesis",
            "headers": {
              "X-DashScope-Async": "enable"
            },
            "fixed": {
              "parameters": {}
            },
            "prompt": "/input/prompt",
            "params": {
              "under": "/parameters",
              "rename": {
                "negative_prompt": "/input/negative_prompt"
              },
              "drop": [
                "aspect_ratio",
                "quality"
              ],
              "convert": {
                "size": "star"
              }
            },
            "images": {
              "at": [
                "/input/ref_img"
              ]
            },
            "reply": {
              "items": [
                "/output/results/*"
              ],
              "id": "/output/task_id",
              "usage": {
                "images": "/usage/image_count"
              }
            },
            "job": {
              "id": "/output/task_id",
              "poll": {
                "path": "/tasks/{id}"
              },
              "status": [
                "/output/task_status"
              ],
              "done": [
                "SUCCEEDED"
              ],
              "failed": [
                "FAILED",
                "CANCELED",
                "UNKNOWN"
              ],
              "error": "/output",
              "cancel": {
                "path": "/tasks/{id}/cancel"
              }
            },
            "models": [
              "wanx*",
              "wan2.1-t2i*",
              "wan2.2-t2i*",
              "wan2.5-t2i*"
            ]
          },
          {
            "path": "/services/aigc/image2image/image-synthesis",
            "headers": {
              "X-DashScope-Async": "enable"
            },
            "fixed": {
              "parameters": {}
            },
            "prompt": "/input/prompt",
            "params": {
              "under": "/parameters",
              "rename": {
                "negative_prompt": "/input/negative_prompt"
              },
              "drop": [
                "aspect_ratio",
                "quality"
              ],
              "convert": {
                "size": "star"
              }
            },
            "images": {
              "at": [
                "/input/images/-"
              ]
            },
            "reply": {
              "items": [
                "/output/results/*"
              ],
              "id": "/output/task_id",
              "usage": {
                "images": "/usage/image_count"
              }
            },
            "job": {
              "id": "/output/task_id",
              "poll": {
                "path": "/tasks/{id}"
              },
              "status": [
                "/output/task_status"
              ],
              "done": [
                "SUCCEEDED"
              ],
              "failed": [
                "FAILED",
                "CANCELED",
                "UNKNOWN"
              ],
              "error": "/output",
              "cancel": {
                "path": "/tasks/{id}/cancel"
              }
            },
            "models": [
              "wan2.5-i2i*"
            ]
          }
        ]
      },
      "video": {
        "path": "/services/aigc/video-generation/video-synthesis",
        "base": "../../api/v1",
        "headers": {
          "X-DashScope-Async": "enable"
        },
        "fixed": {
          "parameters": {}
        },
        "prompt": "/input/prompt",
        "params": {
          "under": "/parameters",
          "rename": {
            "negative_prompt": "/input/negative_prompt"
          },
          "drop": [
            "n",
            "aspect_ratio",
            "quality"
          ],
          "convert": {
            "size": "star",
            "duration": "number"
          }
        },
        "images": {
          "at": [
            "/input/img_url"
          ]
        },
        "reply": {
          "items": [
            "/output"
          ],
          "url": "/video_url",
          "id": "/output/task_id"
        },
        "job": {
          "id": "/output/task_id",
          "poll": {
            "path": "/tasks/{id}"
          },
          "status": [
            "/output/task_status"
          ],
          "done": [
            "SUCCEEDED"
          ],
          "failed": [
            "FAILED",
            "CANCELED",
            "UNKNOWN"
          ],
          "error": "/output",
          "cancel": {
            "path": "/tasks/{id}/cancel"
          }
        }
      },
      "rerank": {
        "path": "/services/rerank/text-rerank/text-rerank",
        "base": "../../api/v1",
        "fixed": {
          "parameters": {}
        },
        "prompt": "/input/query",
        "params": {
          "under": "/parameters"
        },
        "documents": {
          "at": "/input/documents"
        },
        "reply": {
          "items": [
            "/output/results/*"
          ],
          "id": "/request_id"
        }
      }
    },
    "batch": {
      "maxRows": 50000,
      "maxBytes": 500000000,
      "modalities": [
        "text",
        "embedding"
      ],
      "metadata": "ds_name",
      "create": {
        "completion_window": "24h"
      }
    },
    "capabilities": {
      "text": true,
      "embedding": true,
      "tools": true,
      "images": true,
      "files": false
    },
    "sources": [
      "https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope",
      "https://www.alibabacloud.com/help/en/model-studio/error-code",
      "https://github.com/dashscope/dashscope-sdk-python",
      "https://www.alibabacloud.com/help/en/model-studio/batch-interfaces-compatible-with-openai"
    ]
  },
  "seedream": {
    "id": "seedream",
    "label": "ByteDance Seed (ModelArk)",
    "dialect": "media",
    "baseUrl": "https://ark.ap-southeast.bytepluses.com/api/v3",
    "auth": {
      "type": "bearer",
      "env": [
        "ARK_API_KEY"
      ]
    },
    "env": {
      "baseUrl": [
        "ARK_BASE_URL"
      ]
    },
    "errors": {
      "codes": {
        "AuthenticationError": "auth-rejected",
        "AccountOverdueError": "quota-exhausted",
        "QuotaExceeded": "quota-exhausted",
        "ModelNotOpen": "permission-denied",
        "InvalidEndpointOrModel.NotFound": "model-not-found",
        "ServerOverloaded": "overloaded"
      }
    },
    "media": {
      "image": {
        "path": "/images/generations",
        "params": {
          "drop": [
            "n",
            "seed",
            "aspect_ratio",
            "quality",
            "negative_prompt"
          ]
        },
        "images": {
          "at": [
            "/image"
          ],
          "many": "/image/-"
        },
        "reply": {
          "usage": {
            "images": "/usage/generated_images"
          }
        },
        "variants": [
          {
            "params": {
              "drop": [
                "n",
                "aspect_ratio",
                "quality",
                "negative_prompt"
              ]
            },
            "models": [
              "*seedream-3*",
              "*seededit-3*"
            ]
          }
        ]
      },
      "video": {
        "path": "/contents/generations/tasks",
        "fixed": {
          "content": [
            {
              "type": "text"
            }
          ]
        },
        "prompt": "/content/0/text",
        "params": {
          "rename": {
            "aspect_ratio": "ratio"
          },
          "drop": [
            "n",
            "size",
            "quality",
            "negative_prompt"
          ],
          "convert": {
            "duration": "number"
          }
        },
        "images": {
          "at": [
            "/content/-"
          ],
          "many": "/content/-",
          "each": {
            "type": "image_url",
            "image_url": {
              "url": "{image}"
            }
          },
          "eachOfMany": {
            "type": "image_url",
            "image_url": {
              "url": "{image}"
            },
            "role": "reference_image"
          }
        },
        "reply": {
          "items": [
            "/content"
          ],
          "url": "/video_url"
        },
        "job": {
          "poll": {
            "path": "/contents/generations/tasks/{id}"
          },
          "done": [
            "succeeded"
          ],
          "failed": [
            "failed",
            "cancelled",
            "expired"
          ],
          "cancel": {
            "method": "DELETE",
            "path": "/contents/generations/tasks/{id}"
          }
        }
      }
    },
    "capabilities": {
      "text": false
    },
    "models": "open",
    "sources": [
      "https://docs.byteplus.com/en/docs/ModelArk",
      "https://github.com/volcengine/volcengine-python-sdk",
      "https://github.com/vercel/ai/tree/main/packages/bytedance"
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
    "reasoning": {
      "tags": true,
      "effort": {
        "none": {
          "reasoning": {
            "enabled": false
          }
        },
        "minimal": "low",
        "xhigh": "high",
        "max": "high"
      }
    },
    "media": {
      "image": {
        "path": "/images/generations",
        "params": {
          "drop": [
            "aspect_ratio",
            "quality"
          ],
          "convert": {
            "size": "sides"
          }
        },
        "images": {
          "at": [
            "/image_url"
          ],
          "many": "/reference_images/-"
        }
      },
      "video": {
        "path": "/videos",
        "base": "../v2",
        "params": {
          "rename": {
            "duration": "seconds",
            "aspect_ratio": "ratio"
          },
          "drop": [
            "n",
            "quality"
          ],
          "convert": {
            "duration": "text",
            "size": "sides"
          }
        },
        "images": {
          "at": [
            "/frame_images/-"
          ],
          "each": {
            "input_image": "{image}"
          }
        },
        "reply": {
          "items": [
            "/outputs"
          ],
          "url": "/video_url",
          "usage": {
            "costUsd": "/outputs/cost"
          }
        },
        "job": {
          "poll": {
            "path": "/videos/{id}"
          },
          "done": [
            "completed"
          ],
          "failed": [
            "failed"
          ]
        }
      },
      "speech": {
        "path": "/audio/speech",
        "params": {
          "drop": [
            "speed"
          ]
        }
      },
      "transcription": {
        "path": "/audio/transcriptions",
        "audio": {
          "url": "/file"
        }
      },
      "rerank": {
        "path": "/rerank"
      }
    },
    "batch": {
      "maxRows": 50000,
      "maxBytes": 100000000,
      "upload": {
        "path": "/files/upload",
        "fields": {
          "purpose": "batch-api",
          "file_name": "batch.jsonl",
          "file_type": "jsonl"
        }
      },
      "rows": "body",
      "metadata": false,
      "list": "whole",
      "create": {
        "completion_window": "24h"
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
      "https://github.com/togethercomputer/together-typescript",
      "https://docs.together.ai/docs/batch-inference",
      "https://docs.together.ai/reference/upload-file"
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
    "reasoning": {
      "tags": true
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
    "media": {
      "image": {
        "path": "/images/generations",
        "params": {
          "drop": [
            "size",
            "seed",
            "negative_prompt"
          ]
        },
        "reply": {
          "blocked": {
            "at": "/respect_moderation",
            "is": [
              false
            ]
          }
        },
        "edit": {
          "path": "/images/edits",
          "images": {
            "at": [
              "/image"
            ],
            "many": "/images/-",
            "each": {
              "url": "{image}",
              "type": "image_url"
            }
          }
        }
      },
      "video": {
        "path": "/videos/generations",
        "params": {
          "drop": [
            "n",
            "size",
            "seed",
            "quality",
            "negative_prompt"
          ],
          "convert": {
            "duration": "number"
          }
        },
        "images": {
          "at": [
            "/image"
          ],
          "many": "/reference_images/-",
          "each": {
            "url": "{image}"
          }
        },
        "reply": {
          "items": [
            "/video"
          ],
          "blocked": {
            "at": "/respect_moderation",
            "is": [
              false
            ]
          },
          "id": "/request_id"
        },
        "job": {
          "id": "/request_id",
          "poll": {
            "path": "/videos/{id}"
          },
          "done": [
            "done"
          ],
          "failed": [
            "failed",
            "expired"
          ],
          "progress": "/progress"
        }
      }
    },
    "batch": {
      "api": "xai",
      "maxRows": 50000,
      "maxBytes": 48000000
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
      "https://github.com/vercel/ai/tree/main/packages/xai",
      "https://docs.x.ai/developers/advanced-api-usage/batch-api"
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
      "request": "reasoning_content",
      "effort": {
        "none": {
          "thinking": {
            "type": "disabled"
          }
        },
        "*": {
          "thinking": {
            "type": "enabled"
          }
        }
      }
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
    "media": {
      "image": {
        "path": "/images/generations",
        "params": {
          "drop": [
            "n",
            "seed",
            "aspect_ratio",
            "negative_prompt"
          ]
        }
      },
      "video": {
        "path": "/videos/generations",
        "params": {
          "drop": [
            "n",
            "seed",
            "resolution",
            "negative_prompt"
          ],
          "convert": {
            "duration": "number"
          }
        },
        "images": {
          "at": [
            "/image_url"
          ],
          "many": "/image_url/-"
        },
        "reply": {
          "items": [
            "/video_result/*"
          ]
        },
        "job": {
          "poll": {
            "path": "/async-result/{id}"
          },
          "status": [
            "/task_status"
          ],
          "done": [
            "SUCCESS"
          ],
          "failed": [
            "FAIL"
          ]
        }
      },
      "speech": {
        "path": "/audio/speech"
      },
      "transcription": {
        "path": "/audio/transcriptions"
      }
    },
    "batch": {
      "maxRows": 50000,
      "maxBytes": 100000000,
      "prefix": "/v4",
      "create": {
        "completion_window": "24h"
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
  "dialect/anthropic-messages": () => import("./dialects/anthropic-messages/index.ts"),
  "dialect/bedrock-converse": () => import("./dialects/bedrock-converse/index.ts"),
  "dialect/cohere": () => import("./dialects/cohere/index.ts"),
  "dialect/gemini": () => import("./dialects/gemini/index.ts"),
  "dialect/media": () => import("./dialects/media/index.ts"),
  "dialect/openai-chat": () => import("./dialects/openai-chat/index.ts"),
  "dialect/openai-responses": () => import("./dialects/openai-responses/index.ts"),
  "guard/content": () => import("./guards/content/index.ts"),
  "guard/pii": () => import("./guards/pii/index.ts"),
  "guard/prompt-injection": () => import("./guards/prompt-injection/index.ts"),
  "guard/secrets": () => import("./guards/secrets/index.ts"),
  "guard/url": () => import("./guards/url/index.ts"),
  "provider/azure": () => import("./providers/azure/index.ts"),
  "provider/bedrock": () => import("./providers/bedrock/index.ts"),
  "provider/hunyuan": () => import("./providers/hunyuan/index.ts"),
  "provider/sandbox": () => import("./providers/sandbox/index.ts"),
  "provider/vertex": () => import("./providers/vertex/index.ts"),
  "sink/jsonl": () => import("./sinks/jsonl/index.ts"),
  "sink/log": () => import("./sinks/log/index.ts"),
  "sink/memory": () => import("./sinks/memory/index.ts"),
  "sink/otlp": () => import("./sinks/otlp/index.ts"),
  "sink/prometheus": () => import("./sinks/prometheus/index.ts"),
  "sink/sqlite": () => import("./sinks/sqlite/index.ts"),
  "sink/webhook": () => import("./sinks/webhook/index.ts"),
  "store/memory": () => import("./stores/memory/index.ts"),
  "store/redis": () => import("./stores/redis/index.ts"),
  "store/sqlite": () => import("./stores/sqlite/index.ts"),
  "strategy/cost": () => import("./strategies/cost/index.ts"),
  "strategy/latency": () => import("./strategies/latency/index.ts"),
  "strategy/priority": () => import("./strategies/priority/index.ts"),
  "strategy/round_robin": () => import("./strategies/round_robin/index.ts"),
  "strategy/weighted": () => import("./strategies/weighted/index.ts"),
  "vault/aws-secrets-manager": () => import("./vaults/aws-secrets-manager/index.ts"),
  "vault/env": () => import("./vaults/env/index.ts"),
  "vault/file": () => import("./vaults/file/index.ts"),
  "vault/gcp-secret-manager": () => import("./vaults/gcp-secret-manager/index.ts"),
  "vault/hashicorp": () => import("./vaults/hashicorp/index.ts"),
};
