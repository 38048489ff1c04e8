/** The bodies that the admin API takes for keys. */

import { z } from "zod";
import { loomError } from "../../errors/index.ts";
import { limitsShape, type LimitsWritten, settingsShape, type SettingsWritten } from "../keys/key-schema.ts";

export interface CreateBody extends SettingsWritten {
  readonly name?: string | undefined;
}

type Nullable<T> = { readonly [K in keyof T]?: T[K] | null | undefined };

/** `null` takes a setting away; what is absent stays. */
export type UpdateBody = Nullable<
  & LimitsWritten
  & Pick<CreateBody, "name" | "models" | "tags" | "expires_at" | "may_route" | "disabled">
>;

export interface RotateBody {
  readonly overlap_ms: number;
}

const printable = /^[^\p{Cc}]{1,200}$/u;
const text = z.string().regex(printable, "must be 1 to 200 printable characters");
const texts = z.array(text).max(1000);
const { expires_at, may_route, disabled } = settingsShape;
const dayMs = 86_400_000;
const defaultOverlapMs = dayMs;
const maxOverlapMs = 90 * dayMs;

export const createSchema: z.ZodType<CreateBody> = z.strictObject({
  ...settingsShape,
  name: text.optional(),
  user: text.optional(),
  team: text.optional(),
  tags: texts.optional(),
  models: texts.optional(),
});

export const updateSchema: z.ZodType<UpdateBody> = z.strictObject({
  name: text.nullish(),
  models: texts.nullish(),
  tags: texts.nullish(),
  expires_at: expires_at.nullish(),
  may_route: may_route.nullish(),
  disabled: disabled.nullish(),
  rpm: limitsShape.rpm.nullish(),
  tpm: limitsShape.tpm.nullish(),
  concurrent: limitsShape.concurrent.nullish(),
  budget_usd: limitsShape.budget_usd.nullish(),
  allow_unknown_price: limitsShape.allow_unknown_price.nullish(),
});

export const rotateSchema: z.ZodType<RotateBody> = z.strictObject({
  overlap_ms: z.int().min(0).max(maxOverlapMs).default(defaultOverlapMs),
});

/** @throws LoomError `invalid-request`, naming the field; values are not quoted */
export function readBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body ?? {});
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const steps = [...issue?.path ?? [], ...unknown === undefined ? [] : [unknown]];
  const path = steps.map((step) => typeof step === "number" ? `[${step}]` : `.${String(step)}`).join("")
    .replace(/^\./, "");
  const problem = unknown === undefined ? issue?.message ?? "is not as expected" : "is not a known field";
  throw loomError("invalid-request", `${path === "" ? "the body" : path}: ${problem}`, { path });
}
