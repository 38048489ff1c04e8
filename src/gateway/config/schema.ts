/** The whole configuration file of the gateway, as YAML writes it. */

import { z } from "zod";
import { limitsShape, type LimitsWritten } from "../keys/key-schema.ts";
import { providerSchema, type ProviderWritten } from "./provider-schema.ts";
import { routingSchema, type RoutingWritten } from "./routing-schema.ts";
import { securitySchema, type SecurityWritten } from "./security-schema.ts";
import {
  adminSchema,
  type AdminWritten,
  batchesSchema,
  type BatchesWritten,
  filesSchema,
  type FilesWritten,
  keysSchema,
  type KeysWritten,
  serverSchema,
  type ServerWritten,
  streamingSchema,
  type StreamingWritten,
} from "./server-schema.ts";
import { count, name, names, plugin, type PluginWritten, type Timed, timed } from "./values.ts";

type Open = Readonly<Record<string, unknown>>;

/** Described already, and not part of this version. */
export interface AbsentBlock extends Open {
  readonly enabled?: boolean | undefined;
}

export interface AllLimitsWritten extends LimitsWritten {
  readonly on_store_failure?: "refuse" | "allow" | undefined;
  readonly max_reserved_output_tokens?: number | undefined;
}

type Level = "none" | "metadata" | "full";

export interface ObservabilityWritten {
  readonly sinks?: readonly PluginWritten[] | undefined;
  readonly capture?:
    | Level
    | { readonly level?: Level | undefined; readonly max_bytes?: number | undefined }
    | undefined;
}

export interface GatewayWritten {
  readonly enabled?: boolean | undefined;
  readonly providers?: readonly ProviderWritten[] | undefined;
  readonly routing?: RoutingWritten | undefined;
  readonly model_mapping?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
  readonly streaming?: StreamingWritten | undefined;
  readonly cache?: PluginWritten | undefined;
  readonly semantic_cache?: AbsentBlock | undefined;
  readonly security?: SecurityWritten | undefined;
  readonly keys?: KeysWritten | undefined;
  readonly limits?: AllLimitsWritten | undefined;
  readonly observability?: ObservabilityWritten | undefined;
  readonly server?: ServerWritten | undefined;
  readonly admin?: AdminWritten | undefined;
  readonly store?: PluginWritten | undefined;
  readonly data_file?: string | undefined;
  readonly files?: FilesWritten | undefined;
  readonly batches?: BatchesWritten | undefined;
  readonly local_currency?: string | undefined;
  readonly local_to_usd?: number | undefined;
  readonly retry?:
    | false
    | Timed<"base_delay" | "max_delay"> & {
      readonly max_attempts?: number | undefined;
      readonly factor?: number | undefined;
    }
    | undefined;
  readonly breaker?:
    | false
    | Timed<"rolling_window" | "reset"> & {
      readonly error_threshold_percentage?: number | undefined;
      readonly volume_threshold?: number | undefined;
    }
    | undefined;
  readonly dedup?: boolean | Readonly<Record<string, number | undefined>> | undefined;
  readonly timeouts?: Timed<"connect" | "first_part" | "idle" | "total"> | undefined;
  readonly vault?: PluginWritten | undefined;
  readonly plugins?: readonly string[] | undefined;
  readonly plugin_folder?: string | false | undefined;
  readonly middleware?: readonly PluginWritten[] | undefined;
  readonly catalog?: string | undefined;
}

export interface RouteWritten {
  readonly id?: string | undefined;
  readonly path: string;
  readonly ai_gateway?: boolean | undefined;
}

export interface ConfigWritten {
  readonly ai_gateway?: GatewayWritten | undefined;
  readonly routes?: readonly RouteWritten[] | undefined;
}

const level: z.ZodType<Level> = z.enum(["none", "metadata", "full"]);
const absent: z.ZodType<AbsentBlock> = z.looseObject({ enabled: z.boolean().optional() });

const gateway: z.ZodType<GatewayWritten> = z.strictObject({
  enabled: z.boolean().optional(),
  providers: z.array(providerSchema).optional(),
  routing: routingSchema.optional(),
  model_mapping: z.record(name, z.record(name, name)).optional().describe("Name -> provider -> its model"),
  streaming: streamingSchema.optional(),
  cache: plugin.optional(),
  semantic_cache: absent.optional(),
  security: securitySchema.optional(),
  keys: keysSchema.optional(),
  limits: z.strictObject({
    ...limitsShape,
    on_store_failure: z.enum(["refuse", "allow"]).optional(),
    max_reserved_output_tokens: count.optional(),
  }).optional().describe("What all callers together may use"),
  observability: z.strictObject({
    sinks: z.array(plugin).optional(),
    capture: z.union([
      level,
      z.strictObject({ level: level.optional(), max_bytes: count.optional() }),
    ], "must be none, metadata, full or { level, max_bytes }").optional()
      .describe("How much of a call sinks are told; full: also what was asked and answered"),
  }).optional(),
  server: serverSchema.optional(),
  admin: adminSchema.optional(),
  store: plugin.optional(),
  data_file: name.optional().describe("Usage, keys, files and batches are kept here and beside it"),
  files: filesSchema.optional(),
  batches: batchesSchema.optional(),
  local_currency: name.optional(),
  local_to_usd: z.number().positive("must be above 0").optional(),
  retry: z.union([
    z.literal(false),
    z.strictObject({
      max_attempts: count.optional(),
      factor: z.number().optional(),
      ...timed("base_delay", "max_delay"),
    }),
  ], "must be false or { max_attempts, base_delay, max_delay, factor }").optional(),
  breaker: z.union([
    z.literal(false),
    z.strictObject({
      error_threshold_percentage: z.number().optional(),
      volume_threshold: count.optional(),
      ...timed("rolling_window", "reset"),
    }),
  ], "must be false or { error_threshold_percentage, volume_threshold, rolling_window, reset }").optional(),
  dedup: z.union([
    z.boolean(),
    z.strictObject({
      max_in_flight: count.optional(),
      max_prefix_bytes: count.optional(),
      max_lag_bytes: count.optional(),
    }),
  ], "must be true, false or { max_in_flight, max_prefix_bytes, max_lag_bytes }").optional(),
  timeouts: z.strictObject(timed("connect", "first_part", "idle", "total")).optional(),
  vault: plugin.optional(),
  plugins: names.optional(),
  plugin_folder: z.union([z.literal(false), z.string().min(1)], "must be a folder, or false").optional(),
  middleware: z.array(plugin).optional(),
  catalog: name.optional().describe("A YAML file of models and prices"),
});

/** What else stands at the top level are options of the Loom, which are checked with it. */
export const configSchema: z.ZodType<ConfigWritten> = z.looseObject({
  ai_gateway: gateway.optional(),
  routes: z.array(z.strictObject({
    id: name.optional(),
    path: z.string().regex(/^\/[^?#*\s]*\*?$/, "must begin with / and may end with *"),
    ai_gateway: z.boolean().optional(),
  })).optional(),
});
