/** A third-party middleware plugin: notes in the receipt how each answer ended, cache hits included. */

import { defineMiddleware, definePlugin, observe, type Plugin } from "loom-router/plugin";

const shout: Plugin<"middleware", void> = definePlugin({
  api: 1,
  kind: "middleware",
  id: "shout",
  make: () =>
    defineMiddleware({
      name: "shout",
      stage: "cache",
      before: true,
      async handle(ctx, next) {
        const reply = await next();
        return observe(reply, { end: (outcome) => ctx.note("shout", { ok: outcome.status === "ok" }) });
      },
    }),
});

export default shout;
