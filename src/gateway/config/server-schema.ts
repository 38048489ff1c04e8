/** The blocks `server`, `admin`, `streaming`, `files`, `batches` and `keys`. */

import { z } from "zod";
import { keySchema, type KeyWritten, limitsSchema, type LimitsWritten } from "../keys/key-schema.ts";
import { count, name, names, port, type Timed, timed } from "./values.ts";

export interface ServerWritten extends Timed<"request_timeout" | "stalled_client" | "drain"> {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly max_body_bytes?: number | undefined;
  readonly max_in_flight?: number | undefined;
  readonly cors?: readonly string[] | undefined;
}

export const serverSchema: z.ZodType<ServerWritten> = z.strictObject({
  host: name.optional(),
  port: port.optional(),
  tls: z.strictObject({ cert: name.describe("A file in PEM"), key: name.describe("A file in PEM") })
    .optional(),
  max_body_bytes: count.optional(),
  max_in_flight: count.optional(),
  ...timed("request_timeout", "stalled_client", "drain"),
  cors: names.optional().describe("Origins that browsers may call from; *: all"),
});

export interface AdminWritten {
  readonly enabled?: boolean | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly key?: string | undefined;
  readonly open_metrics?: boolean | undefined;
}

export const adminSchema: z.ZodType<AdminWritten> = z.strictObject({
  enabled: z.boolean().optional(),
  host: name.optional(),
  port: port.optional(),
  key: name.optional(),
  open_metrics: z.boolean().optional(),
});

export type StreamingWritten = Timed<"flush_interval" | "heartbeat"> & {
  readonly enabled?: boolean | undefined;
};

export const streamingSchema: z.ZodType<StreamingWritten> = z.strictObject({
  enabled: z.boolean().optional(),
  ...timed("flush_interval", "heartbeat"),
});

export interface FilesWritten extends Timed<"keep"> {
  readonly max_file_bytes?: number | undefined;
  readonly max_tenant_bytes?: number | undefined;
}

export const filesSchema: z.ZodType<FilesWritten> = z.strictObject({
  max_file_bytes: count.optional(),
  max_tenant_bytes: count.optional().describe("Of all files of one team or key"),
  ...timed("keep"),
});

export interface BatchesWritten {
  readonly concurrency?: number | undefined;
}

export const batchesSchema: z.ZodType<BatchesWritten> = z.strictObject({
  concurrency: count.optional().describe("Rows that are asked one by one at the same time"),
});

export interface KeysBlockWritten {
  readonly list?: readonly KeyWritten[] | undefined;
  readonly file?: string | undefined;
  readonly jwt?: {
    readonly issuer: string;
    readonly audience: string;
    readonly jwks_url?: string | undefined;
    readonly user_claim?: string | undefined;
    readonly team_claim?: string | undefined;
    readonly limits?: LimitsWritten | undefined;
    readonly models?: readonly string[] | undefined;
  } | undefined;
  readonly teams?: Readonly<Record<string, LimitsWritten>> | undefined;
  readonly users?: Readonly<Record<string, LimitsWritten>> | undefined;
}

export type KeysWritten = readonly KeyWritten[] | KeysBlockWritten;

const keyList = z.array(keySchema);

export const keysSchema: z.ZodType<KeysWritten> = z.union([
  keyList,
  z.strictObject({
    list: keyList.optional(),
    file: name.optional(),
    jwt: z.strictObject({
      issuer: name,
      audience: name,
      jwks_url: name.optional(),
      user_claim: name.optional(),
      team_claim: name.optional(),
      limits: limitsSchema.optional(),
      models: names.optional(),
    }).optional(),
    teams: z.record(name, limitsSchema).optional(),
    users: z.record(name, limitsSchema).optional(),
  }),
], "must be a list of keys, or { list, file, jwt, teams, users }");
