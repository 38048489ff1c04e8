/** Who Amazon Bedrock is, for messages and headers. */

import type { Manifest } from "../../../src/plugin.ts";

/**
 * A region decides the address. Without one the address is that of the oldest region, and only calls with a key of Bedrock or
 * to a base URL of the caller's own go out; signing asks for the region (`signer`).
 */
export function manifest(region: string | undefined): Manifest {
  const place = region ?? "us-east-1";
  const domain = place.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return {
    id: "bedrock",
    label: "Amazon Bedrock",
    dialect: "bedrock-converse",
    baseUrl: `https://bedrock-runtime.${place}.${domain}`,
    // Without a key requests are signed.
    auth: { type: "bearer", env: ["AWS_BEARER_TOKEN_BEDROCK"], optional: true },
    capabilities: { text: true, embedding: true, tools: true, images: true, files: true, audio: true },
    // Inference profiles and imported models have ids that no catalog knows.
    models: "open",
    otelName: "aws.bedrock",
    sources: [
      "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html",
      "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html",
    ],
  };
}
