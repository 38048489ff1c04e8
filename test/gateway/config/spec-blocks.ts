/** Every YAML block of the specification of the gateway, word for word, by the heading it stands under. */

export const specBlocks: Readonly<Record<string, string>> = {
  "Quick Start": `ai_gateway:
  enabled: true

  providers:
    - name: openai
      type: openai
      api_key: \${OPENAI_API_KEY}
      base_url: https://api.openai.com/v1

    - name: anthropic
      type: anthropic
      api_key: \${ANTHROPIC_API_KEY}

  routing:
    strategy: priority
    providers:
      - name: openai
        priority: 1
      - name: anthropic
        priority: 2

routes:
  - id: ai
    path: /v1/*
    ai_gateway: true
`,
  "Single Provider": `ai_gateway:
  enabled: true

  providers:
    - name: openai
      type: openai
      api_key: \${OPENAI_API_KEY}

routes:
  - id: ai
    path: /v1/*
    ai_gateway: true
`,
  "Multiple Providers": `ai_gateway:
  enabled: true

  providers:
    - name: openai
      type: openai
      api_key: \${OPENAI_API_KEY}
      models:
        - gpt-4
        - gpt-3.5-turbo

    - name: anthropic
      type: anthropic
      api_key: \${ANTHROPIC_API_KEY}
      models:
        - claude-3-opus
        - claude-3-sonnet

    - name: azure
      type: azure
      api_key: \${AZURE_API_KEY}
      base_url: https://your-resource.openai.azure.com
      api_version: "2024-02-15-preview"
      deployments:
        gpt-4: your-gpt4-deployment
        gpt-35-turbo: your-gpt35-deployment
`,
  "Priority-Based": `ai_gateway:
  routing:
    strategy: priority
    providers:
      - name: openai
        priority: 1
      - name: anthropic
        priority: 2
`,
  "Round Robin": `ai_gateway:
  routing:
    strategy: round_robin
    providers:
      - name: openai
      - name: anthropic
`,
  "Weighted": `ai_gateway:
  routing:
    strategy: weighted
    providers:
      - name: openai
        weight: 70
      - name: anthropic
        weight: 30
`,
  "Cost-Optimized": `ai_gateway:
  routing:
    strategy: cost
    providers:
      - name: openai
        cost_per_1k_input: 0.01
        cost_per_1k_output: 0.03
      - name: anthropic
        cost_per_1k_input: 0.008
        cost_per_1k_output: 0.024
`,
  "Latency-Optimized": `ai_gateway:
  routing:
    strategy: latency
    providers:
      - name: openai
      - name: anthropic
`,
  "Failover": `ai_gateway:
  routing:
    strategy: priority
    failover:
      enabled: true
      retry_codes: [429, 500, 502, 503]
      max_retries: 2
    providers:
      - name: openai
        priority: 1
      - name: anthropic
        priority: 2
`,
  "Model Mapping": `ai_gateway:
  model_mapping:
    gpt-4:
      openai: gpt-4-turbo
      anthropic: claude-3-opus
      azure: gpt-4

    gpt-3.5-turbo:
      openai: gpt-3.5-turbo
      anthropic: claude-3-sonnet
      azure: gpt-35-turbo
`,
  "Streaming Support": `ai_gateway:
  streaming:
    enabled: true
    flush_interval: 50ms
`,
};
