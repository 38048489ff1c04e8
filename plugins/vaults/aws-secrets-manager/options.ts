/** What the vault `aws-secrets-manager` can be told. */

import { z } from "zod";

export interface AwsSecretsManagerOptions {
  /** Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, or the profile's. */
  readonly region?: string | undefined;
  /** Stands before every name: `prod/loom/` makes `prod/loom/OPENAI_API_KEY`. Default: nothing. */
  readonly prefix?: string | undefined;
  /** Name or ARN of one secret whose JSON holds every key; instead of `prefix`. */
  readonly secretId?: string | undefined;
  /** Another address of the service: a VPC endpoint, a local stand-in. */
  readonly endpoint?: string | undefined;
  /** A profile of the shared AWS files. Default: the SDK's own search for credentials. */
  readonly profile?: string | undefined;
  /** How long Loom uses a secret before it reads it again. Default 300,000. */
  readonly ttlMs: number;
}

/** Checks them. */
export const options: z.ZodType<AwsSecretsManagerOptions> = z.strictObject({
  region: z.string().regex(/^[a-z0-9-]+$/, "must be a region such as eu-west-1").optional(),
  prefix: z.string().max(256).regex(/^[\w/+=.@-]*$/, "must be letters, digits and /_+=.@-").optional(),
  secretId: z.string().min(1).max(2048).optional(),
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  profile: z.string().min(1).optional(),
  ttlMs: z.int().min(0).max(86_400_000).default(300_000),
}).refine(({ prefix, secretId }) => prefix === undefined || secretId === undefined, {
  path: ["prefix"],
  message: "(a secret for each key) and secretId (one secret for all) exclude each other; give one",
}) as z.ZodType<AwsSecretsManagerOptions>;
