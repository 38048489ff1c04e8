/** The params that the sandbox obeys: the usual limits of a text call, and `params.sandbox` for everything of its own. */

import { z } from "zod";
import { type Json, type JsonObject, loomError, type Target } from "../../../src/plugin.ts";
import { faultCodes, type FaultOptions } from "./fault.ts";

/** What `params.sandbox` may hold. */
export interface SandboxParams {
  /** Says this in place of an answer of its own. */
  readonly text?: string | undefined;
  /** Milliseconds between two parts. Default 0. A whole answer takes as long as its parts would. */
  readonly delayMs: number;
  /** Calls this tool, unless the last message is a tool's answer. */
  readonly toolCall?: { readonly name: string; readonly arguments: string | JsonObject } | undefined;
  /** Says that so many input tokens were read from a prompt cache; no more than there are. */
  readonly cachedTokens: number;
  readonly fault?: FaultOptions | undefined;
}

export interface Params extends SandboxParams {
  readonly maxTokens: number | undefined;
  readonly dimensions: number;
}

const limit = z.int().min(1);

const faultSchema = z.strictObject({
  status: z.int().min(400).max(599).optional(),
  code: z.enum(faultCodes).optional(),
  retryAfterMs: z.number().min(0).optional(),
  attempts: limit.optional(),
  latencyMs: z.number().min(0).optional(),
  cutAfterParts: z.int().min(0).optional(),
  malformed: z.literal(true).optional(),
}).refine(
  ({ status, code, latencyMs, cutAfterParts, malformed }) =>
    (status ?? code ?? latencyMs ?? cutAfterParts ?? malformed) !== undefined,
  "says no fault: give status, code, latencyMs, cutAfterParts or malformed",
);

const sandboxSchema = z.strictObject({
  text: z.string().optional(),
  delayMs: z.number().min(0).default(0),
  toolCall: z.strictObject({
    name: z.string().min(1),
    arguments: z.union([z.string(), z.record(z.string(), z.json())]).default({}),
  }).optional(),
  cachedTokens: z.int().min(0).default(0),
  fault: faultSchema.optional(),
});

const schema = z.object({
  sandbox: sandboxSchema.prefault({}),
  max_tokens: limit.nullish(),
  max_completion_tokens: limit.nullish(),
  max_output_tokens: limit.nullish(),
  dimensions: z.int().min(1).max(4096).default(256),
});

/** @throws LoomError `invalid-request`, naming the param */
export function readParams(target: Target): Params {
  const read = schema.safeParse(target.params satisfies Readonly<Record<string, Json | undefined>>);
  if (!read.success) {
    const [issue] = read.error.issues;
    const path = ["params", ...issue?.path ?? []].join(".");
    const details = { provider: target.provider, model: target.model };
    throw loomError("invalid-request", `${path}: ${issue?.message ?? "is wrong"}`, { path }, details);
  }
  const { sandbox, dimensions, max_tokens, max_completion_tokens, max_output_tokens } = read.data;
  const maxTokens = max_completion_tokens ?? max_tokens ?? max_output_tokens ?? undefined;
  return { ...sandbox as SandboxParams, dimensions, maxTokens };
}
