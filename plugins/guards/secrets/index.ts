/** The guard `secrets`: keys, tokens, private keys and passwords, in what goes in and in what comes out. */

import { z } from "zod";
import { definePlugin, type Plugin } from "../../../src/plugin.ts";
import { detectSecrets } from "./detect.ts";

export interface SecretsGuardOptions {
  /** Findings that are less sure than this are left out. Default 0.6. */
  readonly minScore: number;
  /** Kinds that are not looked for, such as `JWT`. */
  readonly ignore: readonly string[];
  /** Values that may pass, word for word. */
  readonly allow: readonly string[];
}

const options = z.strictObject({
  minScore: z.number().min(0).max(1).default(0.6),
  ignore: z.array(z.string().regex(/^[A-Z_]+$/)).max(100).default([]),
  allow: z.array(z.string().min(1).max(10_000)).max(10_000).default([]),
}) as z.ZodType<SecretsGuardOptions>;

const plugin: Plugin<"guard", SecretsGuardOptions> = definePlugin({
  api: 1,
  kind: "guard",
  id: "secrets",
  options,
  make: (_use, chosen) => {
    const detect = detectSecrets(chosen);
    // The longest keys with a fixed shape have 200 characters; tokens and private keys are longer, and known by how they begin.
    return { input: ({ text }) => detect(text), output: detect, windowChars: 256 };
  },
});

export default plugin;
