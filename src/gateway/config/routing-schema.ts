/** The block `routing`: which provider comes first, when the next one is tried, and rules that decide before both. */

import { z } from "zod";
import { count, duration, name, oneOrMore, plugin, type PluginWritten, type Timed, timed } from "./values.ts";

export interface RoutedWritten {
  readonly name: string;
  readonly priority?: number | undefined;
  readonly weight?: number | undefined;
  readonly cost_per_1k_input?: number | undefined;
  readonly cost_per_1k_output?: number | undefined;
}

type Names = string | readonly string[];

export interface RuleWritten {
  readonly when: {
    readonly key?: Names | undefined;
    readonly team?: Names | undefined;
    readonly user?: Names | undefined;
    readonly tag?: Names | undefined;
    readonly model?: Names | undefined;
    readonly header?: Readonly<Record<string, string>> | undefined;
    readonly min_tokens?: number | undefined;
    readonly max_tokens?: number | undefined;
  };
  readonly use: Names;
}

export interface RoutingWritten {
  readonly strategy?: string | PluginWritten | undefined;
  readonly providers?: readonly RoutedWritten[] | undefined;
  readonly failover?: {
    readonly enabled?: boolean | undefined;
    readonly retry_codes?: readonly number[] | undefined;
    readonly max_retries?: number | undefined;
  } | undefined;
  readonly content_policy_fallback?: boolean | undefined;
  readonly sticky?:
    | boolean
    | Timed<"ttl"> & { readonly by?: "conversation" | "user" | undefined }
    | undefined;
  readonly cooldown?:
    | false
    | Timed<"window" | "cooldown"> & { readonly failures?: number | undefined }
    | undefined;
  readonly hedge?:
    | boolean
    | { readonly after?: number | "p95" | undefined; readonly after_ms?: number | "p95" | undefined }
    | undefined;
  readonly rules?: readonly RuleWritten[] | undefined;
}

const amount = z.number().min(0, "must not be negative");
const status = z.int("must be an HTTP status from 400 to 599").min(
  400,
  "must be an HTTP status from 400 to 599",
)
  .max(599, "must be an HTTP status from 400 to 599");
const after = z.union([z.literal("p95"), duration], "must be a duration, or p95").optional();

const rule: z.ZodType<RuleWritten> = z.strictObject({
  when: z.strictObject({
    key: oneOrMore.optional(),
    team: oneOrMore.optional(),
    user: oneOrMore.optional(),
    tag: oneOrMore.optional(),
    model: oneOrMore.optional().describe("As the caller wrote it; wildcards allowed"),
    header: z.record(z.string(), z.string()).optional(),
    min_tokens: count.optional(),
    max_tokens: count.optional(),
  }),
  use: oneOrMore.describe("provider/model or model names, best first"),
});

export const routingSchema: z.ZodType<RoutingWritten> = z.strictObject({
  strategy: z.union([name, plugin], "must be the name of a strategy").optional().describe(
    "priority, round_robin, weighted, cost, latency, or a plugin's",
  ),
  providers: z.array(z.strictObject({
    name,
    priority: z.number().optional(),
    weight: amount.optional(),
    cost_per_1k_input: amount.optional(),
    cost_per_1k_output: amount.optional(),
  })).optional(),
  failover: z.strictObject({
    enabled: z.boolean().optional(),
    retry_codes: z.array(status).optional(),
    max_retries: count.optional(),
  }).optional(),
  content_policy_fallback: z.boolean().optional(),
  sticky: z.union([
    z.boolean(),
    z.strictObject({ ...timed("ttl"), by: z.enum(["conversation", "user"]).optional() }),
  ], "must be true, false or { ttl, by }").optional(),
  cooldown: z.union([
    z.literal(false),
    z.strictObject({ ...timed("window", "cooldown"), failures: count.optional() }),
  ], "must be false or { failures, window, cooldown }").optional(),
  hedge: z.union(
    [z.boolean(), z.strictObject({ after, after_ms: after })],
    "must be true, false or { after }",
  )
    .optional(),
  rules: z.array(rule).optional(),
});
