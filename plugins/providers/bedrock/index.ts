/** Amazon Bedrock: Converse over HTTP, with an API key of Bedrock or signed with AWS credentials. */

import { z } from "zod";
import {
  CLOCK,
  definePlugin,
  DIALECTS,
  ENVIRONMENT,
  HTTP,
  type Plugin,
  type Timeouts,
  wireProvider,
} from "../../../src/plugin.ts";
import { credentialSource } from "./credentials.ts";
import { manifest } from "./manifest.ts";
import { signer } from "./sign.ts";

export interface BedrockOptions {
  /** Default: `AWS_REGION`, then `AWS_DEFAULT_REGION`. */
  readonly region?: string | undefined;
  /** A profile of the shared AWS files. Default: `AWS_PROFILE`, then the SDK's own search for credentials. */
  readonly profile?: string | undefined;
  /** Another address of the service: a VPC endpoint, a local stand-in. */
  readonly baseUrl?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeouts?: Timeouts | undefined;
  readonly models?: "catalog" | "open" | undefined;
}

const milliseconds = z.number().positive().optional();

const options = z.strictObject({
  region: z.string().regex(/^[a-z0-9-]+$/, "must be a region such as eu-west-1").optional(),
  profile: z.string().min(1).optional(),
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  timeouts: z.strictObject({ connectMs: milliseconds, firstPartMs: milliseconds, idleMs: milliseconds })
    .optional(),
  models: z.enum(["catalog", "open"]).optional(),
}) as z.ZodType<BedrockOptions>;

const plugin: Plugin<"provider", BedrockOptions> = definePlugin({
  api: 1,
  kind: "provider",
  id: "bedrock",
  options,
  packages: ["@smithy/signature-v4", "@aws-sdk/credential-providers"],
  async make(use, options) {
    const environment = use(ENVIRONMENT);
    const region = options.region ?? environment.get("AWS_REGION") ?? environment.get("AWS_DEFAULT_REGION");
    const vendor = manifest(region);
    const codec = (await use(DIALECTS).get("bedrock-converse")).codec(vendor);
    const credentials = credentialSource(environment, use(CLOCK), { region, profile: options.profile });
    const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
    return wireProvider({
      manifest: vendor,
      codecs: { text: codec, embedding: codec },
      http: use(HTTP),
      baseUrl: options.baseUrl ?? environment.get("AWS_ENDPOINT_URL_BEDROCK_RUNTIME"),
      headers: Object.fromEntries(headers),
      timeouts: options.timeouts,
      models: options.models,
      credentials: "AWS credentials",
      sign: signer(region, credentials),
    });
  },
});
export default plugin;
