/** Checks vendor manifests: a mistake is one error that names file, key and fix, before anything is sent anywhere. */

import { z } from "zod";
import type { ErrorCode } from "../contract/error-code.ts";
import type { Manifest } from "../contract/manifest.ts";
import { errorTable, loomError } from "../errors/index.ts";
import { hostSchema, mediaSchema } from "./manifest-media-schema.ts";
import { faultsOfReach } from "./manifest-reach.ts";
import { faultOfBaseUrl } from "./manifest-values.ts";

const idShape = /^[a-z0-9][a-z0-9-]*$/;
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not the name of an environment variable");
const variables = z.array(variable).min(1, "names no variable");
const pointer = z.string().regex(/^(\/([^~/]|~0|~1)*)*$/, "is not a JSON pointer; it begins with `/`");
const path = z.string().regex(/^\/[^?#\s]*$/, "is not a path; it begins with `/`");
const word = z.string().min(1, "is empty");
const finite = z.number();
const url = z.url({ protocol: /^https?$/, error: "is not an http(s) address" });

/** Headers that the wire itself writes; a manifest that sets them would break requests or leak keys. */
const reserved = new Set([
  "authorization",
  "host",
  "content-length",
  "content-type",
  "transfer-encoding",
  "connection",
]);
const headerName = z.string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "is not a header name")
  .refine((name) => !reserved.has(name.toLowerCase()), "is written by Loom itself");
const headerValue = z.string()
  .regex(/^[\t\x20-\x7e]*$/, "holds characters that a header cannot carry")
  .refine(
    (text) => !/\$\{(?![A-Za-z_][A-Za-z0-9_]*(?:\|[A-Za-z_][A-Za-z0-9_]*)*\})/.test(text),
    "holds a broken ${VARIABLE}",
  );

/** Codes that need no data of their own, and so can be what a vendor's word means. */
const needData: ReadonlySet<string> = new Set<ErrorCode>([
  "config-invalid",
  "plugin-invalid",
  "unsupported",
  "key-missing",
  "budget-exceeded",
  "limit-exceeded",
  "guard-blocked",
  "timed-out",
  "stream-broken",
  "all-failed",
  "output-invalid",
]);
const errorCode = z.enum(
  Object.keys(errorTable).filter((code) => !needData.has(code)) as [ErrorCode, ...ErrorCode[]],
);

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) !== undefined;
  } catch {
    return false;
  }
}

const auth = z.strictObject({
  type: z.enum(["bearer", "header", "none"]),
  header: z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "is not a header name").optional(),
  env: variables.optional(),
  optional: z.boolean().optional(),
  oauth: z.strictObject({ headers: z.record(headerName, headerValue).optional() }).optional(),
}).superRefine((value, ctx) => {
  const need = (key: string, message: string) => ctx.addIssue({ code: "custom", path: [key], message });
  if (value.type === "header" && value.header === undefined) need("header", "is needed with `type: header`");
  if (value.type !== "header" && value.header !== undefined) need("header", "goes with `type: header` only");
  if (value.type !== "none" && value.env === undefined && value.optional !== true) {
    need("env", "is needed: the names that the key may have in the environment");
  }
});

const manifest = z.strictObject({
  label: word,
  dialect: z.string().regex(idShape, "is not the id of a dialect"),
  baseUrl: url,
  auth,
  env: z.strictObject({ baseUrl: variables.optional(), model: variables.optional() }).optional(),
  headers: z.record(headerName, headerValue).optional(),
  hosts: z.array(hostSchema).optional(),
  catalog: z.string().regex(idShape, "is not the id of a vendor").optional(),
  paths: z.strictObject({ chat: path.optional(), embeddings: path.optional(), models: path.optional() })
    .optional(),
  params: z.strictObject({
    rename: z.record(word, word).optional(),
    drop: z.array(word).optional(),
    default: z.record(word, z.json()).optional(),
    clamp: z.record(
      word,
      z.tuple([finite, finite]).refine(([low, high]) => low <= high, "has its bounds in the wrong order"),
    ).optional(),
    models: z.array(z.strictObject({
      match: word.refine(isPattern, "is not a regular expression"),
      drop: z.array(word).optional(),
      keepWithEffort: z.array(word).optional(),
      default: z.record(word, z.json()).optional(),
    })).optional(),
  }).optional(),
  roles: z.partialRecord(z.enum(["system", "user", "assistant", "tool"]), word).optional(),
  reasoning: z.strictObject({
    reply: word.optional(),
    request: word.optional(),
    requestScope: z.enum(["all", "turn"]).optional(),
    tags: z.boolean().optional(),
    effort: z.record(word, z.union([word, z.record(word, z.json())])).optional(),
  }).optional(),
  usage: z.strictObject({
    at: pointer.optional(),
    cachedInput: pointer.optional(),
    cacheWrite: pointer.optional(),
    reasoning: pointer.optional(),
    costUsd: pointer.optional(),
    costUnitsPerUsd: z.number().positive("is not above 0").optional(),
    reasoningApart: z.boolean().optional(),
    stream: z.enum(["ask", "always"]).optional(),
  }).optional(),
  errors: z.strictObject({
    codes: z.record(word, errorCode).optional(),
    statuses: z.record(z.string().regex(/^[45]\d\d$/, "is no status of an error"), errorCode).optional(),
    inBody: z.strictObject({ code: pointer, message: pointer, ok: z.array(z.union([z.string(), finite])) })
      .optional(),
  }).optional(),
  finish: z.record(word, z.enum(["stop", "length", "tool-calls", "content-filter", "other", "error"]))
    .optional(),
  structuredOutput: z.enum(["json_schema", "json_object", "none"]).optional(),
  tools: z.strictObject({ toolCallIds: z.literal("mistral9").optional(), required: word.optional() })
    .optional(),
  documents: z.enum(["file", "file-or-url", "document_url"]).optional(),
  media: mediaSchema.optional(),
  batch: z.strictObject({
    api: z.enum(["openai", "xai", "fireworks"]).optional(),
    maxRows: z.int().positive("is not above 0"),
    maxBytes: z.int().positive("is not above 0"),
    modalities: z.array(z.enum(["text", "embedding"])).min(1, "names no modality").optional(),
    path: path.optional(),
    upload: z.strictObject({ path: path.optional(), fields: z.record(word, word).optional() }).optional(),
    prefix: z.string().regex(/^(\/[^?#\s]*)?$/, "is not a path; it begins with `/`").optional(),
    rows: z.enum(["request", "body", "body-without-model"]).optional(),
    file: z.enum(["input_file_id", "input_files"]).optional(),
    metadata: z.union([word, z.literal(false)]).optional(),
    list: z.enum(["cursor", "pages", "whole"]).optional(),
    create: z.record(word, z.json()).optional(),
  }).optional(),
  capabilities: z.strictObject({
    text: z.boolean().optional(),
    embedding: z.boolean().optional(),
    tools: z.boolean().optional(),
    images: z.boolean().optional(),
    files: z.boolean().optional(),
    audio: z.boolean().optional(),
  }).optional(),
  models: z.enum(["catalog", "open"]).optional(),
  otelName: word.optional(),
  sources: z.array(url).default([]),
});

/** What a caller may allow. */
export interface ManifestOptions {
  /** Take `http:` to hosts that are not this machine. Keys then travel in the clear. Default false. */
  readonly allowHttp?: boolean;
}

/**
 * Checks a manifest and gives it back complete and frozen to the depths.
 *
 * @param id what its file is called
 * @param data what its YAML holds
 * @param file where it was read, for messages
 * @throws LoomError `plugin-invalid`, naming the file and every faulty key
 */
export function parseManifest(
  id: string,
  data: unknown,
  file: string,
  options: ManifestOptions = {},
): Manifest {
  const fault = (what: string) =>
    loomError("plugin-invalid", `${file}: ${what}`, { plugin: `provider/${id}` });
  if (!idShape.test(id)) throw fault(`"${id}" cannot be an id; use small letters, digits and hyphens`);
  const result = manifest.safeParse(data);
  if (!result.success) throw fault(result.error.issues.map(describe).join("; "));
  const { baseUrl } = result.data;
  const wrong = faultOfBaseUrl(baseUrl, options.allowHttp === true);
  if (wrong !== undefined) throw fault(`baseUrl: ${wrong}`);
  const [lost] = faultsOfReach(result.data);
  if (lost !== undefined) throw fault(lost);
  return deepFreeze({
    id,
    ...withoutUndefined(result.data),
    baseUrl: baseUrl.replace(/\/+$/, ""),
  }) as Manifest;
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join(".");
  const at = path === "" ? "" : `${path}: `;
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => `"${path === "" ? key : `${path}.${key}`}"`).join(", ");
    return `${keys} ${issue.keys.length === 1 ? "is not a known key" : "are not known keys"}`;
  }
  if (issue.code === "invalid_key") return `${at}${issue.issues[0]?.message ?? issue.message}`;
  return `${at}${issue.message}`;
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
