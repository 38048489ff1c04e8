/** A third-party vault plugin: keys from variables with a prefix, such as `PROD_OPENAI_API_KEY`. */

import { definePlugin, ENVIRONMENT } from "loom-router/plugin";
import { z } from "zod";

export default definePlugin({
  api: 1,
  kind: "vault",
  id: "prefixed-env",
  options: z.strictObject({ prefix: z.string().min(1) }),
  make(use, { prefix }) {
    const environment = use(ENVIRONMENT);
    return { read: (name) => Promise.resolve(environment.get(prefix + name)) };
  },
});
