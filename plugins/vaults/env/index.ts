/** The vault `env`: keys from variables whose names begin with a prefix, such as `PROD_OPENAI_API_KEY`. */

import { z } from "zod";
import { definePlugin, ENVIRONMENT, type Plugin } from "../../../src/plugin.ts";

export interface EnvVaultOptions {
  /** Stands before every name. Default: nothing. */
  readonly prefix: string;
}

const options = z.strictObject({
  prefix: z.string().regex(/^\w*$/, "must be letters, digits and _").default(""),
}) as z.ZodType<EnvVaultOptions>;

const plugin: Plugin<"vault", EnvVaultOptions> = definePlugin({
  api: 1,
  kind: "vault",
  id: "env",
  options,
  make(use, { prefix }) {
    const environment = use(ENVIRONMENT);
    return {
      // Looking is cheap, and the variables may change while the program runs.
      ttlMs: 0,
      async read(name, signal) {
        signal.throwIfAborted();
        return /^\w+$/.test(name) ? environment.get(prefix + name) : undefined;
      },
    };
  },
});

export default plugin;
