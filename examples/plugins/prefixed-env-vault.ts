/** A third-party vault plugin: keys from variables with a prefix, such as `PROD_OPENAI_API_KEY`. */

import { definePlugin, ENVIRONMENT, type Plugin } from "loom-router/plugin";
import { z } from "zod";

const prefixedEnv: Plugin<"vault", { readonly prefix: string }> = definePlugin({
  api: 1,
  kind: "vault",
  id: "prefixed-env",
  options: z.strictObject({ prefix: z.string().min(1) }),
  make(use, { prefix }) {
    const environment = use(ENVIRONMENT);
    return {
      read(name, signal) {
        return signal.aborted
          ? Promise.reject(signal.reason)
          : Promise.resolve(environment.get(prefix + name));
      },
    };
  },
});

export default prefixedEnv;
