/** The gateways that are measured, each with its configuration and what it wants to be told. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Load } from "./loads.ts";
import type { SubjectCommand } from "./subject.ts";

export interface BenchGateway {
  readonly name: string;
  command(upstream: Load["upstream"]): SubjectCommand;
  headers(upstream: Load["upstream"]): Readonly<Record<string, string>>;
  /** What this one is asked instead, for those that speak another format. */
  shape?(load: Load): Partial<Load>;
  /** Names of the loads it takes part in. Default: all. */
  readonly loads?: readonly string[];
}

export interface BenchPlaces {
  readonly root: string;
  readonly peers: string;
  readonly folder: string;
  readonly ports: Readonly<Record<Load["upstream"], number>>;
}

const key = "bench-key-0123456789abcdef";

export function gateways({ root, peers, folder, ports }: BenchPlaces): readonly BenchGateway[] {
  const origin = (upstream: Load["upstream"]) => `http://127.0.0.1:${ports[upstream]}`;

  /** Keys, limits, cost, metrics and receipts are on; `more` comes on top. */
  function loom(name: string, port: number, more: string, own: Partial<BenchGateway> = {}): BenchGateway {
    return {
      name,
      command(upstream) {
        const config = join(folder, `${port}.yaml`);
        writeFileSync(
          config,
          `ai_gateway:
  enabled: true
  providers:
    - { name: openai, type: openai, api_key: bench, base_url: "${
            origin(upstream)
          }/v1", models: [gpt-4o-mini] }
  keys: [{ key: ${key}, user: bench, team: bench, rpm: 100000000, tpm: 1000000000000, budget_usd: { limit: 1000000, per: day } }]
${more}`,
        );
        const args = ["serve", "--config", config, "--port", String(port), "--admin-port", "0"];
        return { name, port, command: [process.execPath, join(root, "dist/src/cli.js"), ...args] };
      },
      headers: () => ({ authorization: `Bearer ${key}` }),
      ...own,
    };
  }

  const cache = "  cache: { type: memory, maxSize: 1000, ttl: 600 }\n";
  return [
    {
      name: "bare",
      command: (upstream) => ({
        name: "bare",
        port: 18_200,
        command: [
          process.execPath,
          fileURLToPath(new URL("bare.ts", import.meta.url)),
          "18200",
          origin(upstream),
        ],
      }),
      headers: () => ({}),
    },
    loom("loom serve", 18_201, ""),
    loom("loom serve, memory cache, misses", 18_202, cache, { loads: ["2 kB"] }),
    loom("loom serve, memory cache, hits", 18_205, cache, {
      loads: ["2 kB"],
      // Without the place for a number all requests are one.
      shape: ({ body }) => ({ body: JSON.parse(JSON.stringify(body).replace("@@@@@@@@ ", "")) }),
    }),
    loom("loom serve, Anthropic in, OpenAI out", 18_203, "", {
      loads: ["2 kB", "paced stream"],
      shape: (load) => ({
        path: "/v1/messages",
        body: { ...load.body, max_tokens: 1_000, messages: (load.body["messages"] as unknown[]).slice(1) },
      }),
    }),
    {
      name: "Portkey gateway",
      command: () => ({
        name: "Portkey gateway",
        port: 18_204,
        command: [
          process.execPath,
          join(peers, "node_modules/@portkey-ai/gateway/build/start-server.js"),
          "--port=18204",
        ],
        cwd: peers,
      }),
      headers: (upstream) => ({
        authorization: "Bearer bench",
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": `${origin(upstream)}/v1`,
      }),
    },
  ];
}
