/** The guard `url`: links and images that lead to hosts which are not allowed, as data is smuggled out through them. */

import { z } from "zod";
import { definePlugin, type GuardedText, type Plugin } from "../../../src/plugin.ts";
import { detectUrls } from "./detect.ts";
import { hostRule } from "./hosts.ts";

export interface UrlGuardOptions {
  /** Hosts that links may lead to, such as `example.com` or `*.example.com`. Default: none. */
  readonly allowHosts: readonly string[];
  /** Schemes that may be used. Default `https`, `http` and `mailto`. */
  readonly schemes: readonly string[];
  /** `images`: only images are held to the hosts, links may lead anywhere. Default `all`. */
  readonly check: "all" | "images";
  /** Whose texts are looked at on the way in. Default `tool`; answers are always looked at. */
  readonly roles: readonly GuardedText["role"][];
}

const host = z.string().min(1).max(253).refine((given) => hostRule(given) !== undefined, {
  message: "must be a host such as example.com or *.example.com",
});

const options = z.strictObject({
  allowHosts: z.array(host).max(10_000).default([]),
  schemes: z.array(z.string().regex(/^[a-z][a-z0-9+.-]{0,30}$/)).default(["https", "http", "mailto"]),
  check: z.enum(["all", "images"]).default("all"),
  roles: z.array(z.enum(["system", "user", "assistant", "tool"])).default(["tool"]),
}) as z.ZodType<UrlGuardOptions>;

const plugin: Plugin<"guard", UrlGuardOptions> = definePlugin({
  api: 1,
  kind: "guard",
  id: "url",
  options,
  make: (_use, { roles, ...chosen }) => {
    const detect = detectUrls(chosen);
    const looked = new Set(roles);
    // A link is found by its host, which stands at its beginning.
    return {
      input: ({ role, text }) => looked.has(role) ? detect(text) : [],
      output: detect,
      windowChars: 320,
    };
  },
});

export default plugin;
