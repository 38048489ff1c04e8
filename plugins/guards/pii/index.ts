/** The guard `pii`: what names a person or leads to one, in what goes in and in what comes out. */

import { z } from "zod";
import { definePlugin, type Plugin } from "../../../src/plugin.ts";
import { detectPii } from "./detect.ts";
import { type PiiKind, piiKinds } from "./kinds.ts";

export interface PiiGuardOptions {
  /** What is looked for. Default: everything. */
  readonly kinds: readonly PiiKind[];
  /** Findings that are less sure than this are left out. Default 0.6. */
  readonly minScore: number;
  /** Values that may pass, such as `support@acme.com`; `*` stands for any characters. Upper and lower case are one. */
  readonly allow: readonly string[];
}

const options = z.strictObject({
  kinds: z.array(z.enum(piiKinds)).min(1).default([...piiKinds]),
  minScore: z.number().min(0).max(1).default(0.6),
  allow: z.array(z.string().min(1).max(500)).max(10_000).default([]),
}) as z.ZodType<PiiGuardOptions>;

const plugin: Plugin<"guard", PiiGuardOptions> = definePlugin({
  api: 1,
  kind: "guard",
  id: "pii",
  options,
  make: (_use, chosen) => {
    const detect = detectPii(chosen);
    // An address with its postcode and city is the longest thing here, and a word of context may stand before it.
    return { input: ({ text }) => detect(text), output: detect, windowChars: 192 };
  },
});

export default plugin;
