/** The guard `prompt-injection`: text that would take the model over, by rules with scores, in fifteen languages. */

import { z } from "zod";
import { definePlugin, type GuardedText, type Plugin } from "../../../src/plugin.ts";
import { detectInjection } from "./detect.ts";

export interface PromptInjectionOptions {
  /** What a text must reach to be reported. Default 0.6. */
  readonly threshold: number;
  /** The same for what tools brought, which nobody of the conversation wrote. Default 0.45. */
  readonly toolThreshold: number;
  /** Whose texts are looked at. Default `user` and `tool`: system prompts are the operator's own. */
  readonly roles: readonly GuardedText["role"][];
  /** Only so many characters of a text are looked at, from its beginning and its end. Default 200,000. */
  readonly maxChars: number;
}

const options = z.strictObject({
  threshold: z.number().min(0).max(1).default(0.6),
  toolThreshold: z.number().min(0).max(1).default(0.45),
  roles: z.array(z.enum(["system", "user", "assistant", "tool"])).min(1).default(["user", "tool"]),
  maxChars: z.int().min(1_000).max(100_000_000).default(200_000),
}) as z.ZodType<PromptInjectionOptions>;

const plugin: Plugin<"guard", PromptInjectionOptions> = definePlugin({
  api: 1,
  kind: "guard",
  id: "prompt-injection",
  options,
  make: (_use, { threshold, toolThreshold, roles, maxChars }) => {
    const looked = new Set(roles);
    return {
      input({ role, text }) {
        if (!looked.has(role)) return [];
        const least = role === "tool" ? toolThreshold : threshold;
        if (text.length <= maxChars) return detectInjection(text, role, least);
        const half = Math.floor(maxChars / 2);
        const tailAt = text.length - half;
        return [
          ...detectInjection(text.slice(0, half), role, least),
          ...detectInjection(text.slice(tailAt), role, least).map((one) => ({
            ...one,
            start: one.start + tailAt,
            end: one.end + tailAt,
          })),
        ];
      },
    };
  },
});

export default plugin;
