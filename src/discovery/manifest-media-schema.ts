/** Checks the `media` of vendor manifests. */

import { z } from "zod";

const reading = z.string().regex(/^(\/([^~/]|~0|~1)*)*$/, "is not a JSON pointer; it begins with `/`");
const writing = z.string().regex(
  /^(\/(?!__proto__(?:\/|$))([^~/]|~0|~1)+)+$/,
  "is not a JSON pointer to a field; it begins with `/`",
);
const word = z.string().min(1, "is empty");
const words = z.array(word).min(1, "names nothing");
const path = z.string().regex(/^\/[^?#\s{}]*(\{model\}[^?#\s{}]*)?$/, "is not a path; it begins with `/`");
const stepPath = z.string().regex(
  /^\/(?:[^#\s{}]|\{(?:id|model|\/[^{}\s]*)\})*$/,
  "is not a path; it begins with `/`, and {id}, {model} or {/pointer} stand for what is known",
);
/** Headers that the wire itself writes. */
const reserved = /^(?:authorization|host|content-length|content-type|transfer-encoding|connection)$/i;
const headers = z.record(
  z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "is not a header name")
    .refine((name) => !reserved.test(name), "is written by Loom itself"),
  z.string().regex(/^[\t\x20-\x7e]*$/, "holds characters that a header cannot carry"),
);
const base = z.string().refine(
  (text) => /^\.\.(?:\/[A-Za-z0-9._~-]+)*$/.test(text) || faultOfAddress(text) === undefined,
  "is neither relative (`../api/v1`) nor an https: address without query",
);

const step = z.strictObject({
  method: z.enum(["GET", "POST", "DELETE"]).optional(),
  path: stepPath,
  body: z.record(z.string(), z.json()).optional(),
});

const modality = z.strictObject({
  path,
  base: base.optional(),
  headers: headers.optional(),
  body: z.enum(["json", "form"]).optional(),
  formLists: z.enum(["brackets", "repeat"]).optional(),
  fixed: z.record(z.string(), z.json()).optional(),
  model: z.union([writing, z.literal(false)]).optional(),
  prompt: z.union([writing, z.literal(false)]).optional(),
  params: z.strictObject({
    under: writing.optional(),
    rename: z.record(word, z.union([writing, word.regex(/^[^/]/)])).optional(),
    drop: z.array(word).optional(),
    default: z.record(word, z.json()).optional(),
    clamp: z.record(
      word,
      z.tuple([z.number(), z.number()]).refine(
        ([low, high]) => low <= high,
        "has its bounds in the wrong order",
      ),
    ).optional(),
    convert: z.record(word, z.enum(["number", "text", "star", "x", "sides"])).optional(),
  }).optional(),
  images: z.strictObject({
    at: z.array(writing).min(1, "names no place"),
    many: writing.optional(),
    as: z.enum(["url", "base64", "file"]).optional(),
    each: z.json().optional(),
    eachOfMany: z.json().optional(),
  }).optional(),
  audio: z.strictObject({
    at: writing.optional(),
    as: z.enum(["url", "base64", "file"]).optional(),
    url: writing.optional(),
  }).optional(),
  documents: z.strictObject({ at: writing.optional(), each: z.json().optional() }).optional(),
  reply: z.strictObject({
    as: z.enum(["json", "bytes"]).optional(),
    items: z.array(reading).min(1, "names no place").optional(),
    url: reading.optional(),
    b64: reading.optional(),
    hex: reading.optional(),
    format: reading.optional(),
    blocked: z.strictObject({ at: reading, is: z.array(z.json()).min(1, "names nothing") }).optional(),
    text: reading.optional(),
    index: reading.optional(),
    score: reading.optional(),
    id: reading.optional(),
    usage: z.strictObject({
      inputTokens: reading.optional(),
      outputTokens: reading.optional(),
      images: reading.optional(),
      seconds: reading.optional(),
      characters: reading.optional(),
      queries: reading.optional(),
      costUsd: reading.optional(),
      costUnitsPerUsd: z.number().positive("is not above 0").optional(),
    }).optional(),
  }).optional(),
  job: z.strictObject({
    id: reading.optional(),
    url: reading.optional(),
    poll: step.optional(),
    status: z.array(reading).min(1, "names no place").optional(),
    done: words,
    failed: words,
    blocked: words.optional(),
    error: reading.optional(),
    progress: reading.optional(),
    result: step.extend({ as: z.enum(["json", "bytes"]).optional() }).optional(),
    cancel: step.optional(),
  }).refine(({ url, poll }) => url !== undefined || poll !== undefined, {
    message: "names neither `poll` nor `url`, so that nobody could ask after it",
  }).optional(),
});

/** By modality. */
export const mediaSchema: z.ZodType = z.partialRecord(
  z.enum(["image", "video", "speech", "transcription", "rerank", "moderation"]),
  modality.extend({
    edit: modality.partial().optional(),
    variants: z.array(
      modality.partial().extend({ edit: modality.partial().optional(), models: words }),
    ).optional(),
  }),
);

/** A host name, or `*.` and one. */
export const hostSchema: z.ZodType<string> = z.string().regex(
  /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$/,
  "is not a host name in small letters, such as `api.example.com` or `*.example.com`",
);

function faultOfAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return "is not an address";
  const { protocol, username, password, search, hash } = new URL(text);
  return protocol === "https:" && username + password + search + hash === "" ? undefined : "is not safe";
}
