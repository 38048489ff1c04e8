/** One entry of `providers`. */

import { z } from "zod";
import { name, type Timed, timed } from "./values.ts";

export interface AccountWritten {
  readonly name?: string | undefined;
  readonly api_key?: string | undefined;
  readonly api_key_env?: string | undefined;
}

export type TimeoutsWritten = Timed<"connect" | "first_part" | "idle">;

export interface ProviderWritten extends Timed<"health_check_interval" | "quota_cooldown"> {
  readonly name: string;
  readonly type?: string | undefined;
  readonly api_key?: string | undefined;
  readonly base_url?: string | undefined;
  readonly models?: readonly string[] | "catalog" | "open" | undefined;
  readonly api_version?: string | undefined;
  readonly deployments?: Readonly<Record<string, string>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly accounts?: readonly AccountWritten[] | undefined;
  readonly account_strategy?: "primary" | "round-robin" | "least-used" | undefined;
  readonly timeouts?: TimeoutsWritten | undefined;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

export const providerSchema: z.ZodType<ProviderWritten> = z.strictObject({
  name: name.describe("What it is called here, and in provider/model"),
  type: name.optional().describe("Which provider it is, when that is not its name"),
  api_key: name.optional(),
  base_url: z.url({ protocol: /^https?$/, error: "must be a URL" }).optional(),
  models: z.union(
    [z.array(z.string().min(1)).min(1), z.enum(["catalog", "open"])],
    "must be a list of models",
  )
    .optional().describe("The models it is used for, by name or wildcard"),
  api_version: name.optional().describe("Azure: the dated API"),
  deployments: z.record(z.string().min(1), z.string().min(1)).optional().describe("Model -> deployment"),
  headers: z.record(
    z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/),
    z.string().regex(/^[^\r\n\0]*$/, "must be one line"),
  ).optional().describe("Sent with every request"),
  accounts: z.array(z.strictObject({
    name: name.optional(),
    api_key: name.optional(),
    api_key_env: name.optional(),
  })).min(1).optional().describe("Several keys, instead of api_key"),
  account_strategy: z.enum(["primary", "round-robin", "least-used"]).optional(),
  ...timed("health_check_interval", "quota_cooldown"),
  timeouts: z.strictObject(timed("connect", "first_part", "idle")).optional(),
  options: z.record(z.string(), z.unknown()).optional().describe("Options of the provider's plugin"),
});
