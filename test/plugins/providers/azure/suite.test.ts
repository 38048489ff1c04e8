/** The suite that every provider passes, over a real socket. */

import { test } from "node:test";
import openaiChat from "../../../../plugins/dialects/openai-chat/index.ts";
import openaiResponses from "../../../../plugins/dialects/openai-responses/index.ts";
import media from "../../../../plugins/dialects/media/index.ts";
import plugin from "../../../../plugins/providers/azure/index.ts";
import { CLOCK, type Dialect, DIALECTS, ENVIRONMENT, HTTP } from "../../../../src/plugin.ts";
import { systemClock } from "../../../../src/runtime/clock.ts";
import { fixedEnvironment } from "../../../../src/runtime/environment.ts";
import { behave, providerSuite, startFakeVendor } from "../../../../src/testing.ts";
import { createHttp } from "../../../../src/wire/http.ts";
import { useOf } from "../../../support/use.ts";

const dialects = {
  get: async (id: string): Promise<Dialect> =>
    await [openaiChat, openaiResponses, media].find((dialect) => dialect.id === id)?.make(
      useOf(),
      undefined,
    ) as Dialect,
};

providerSuite(test, async ({ purpose }) => {
  const vendor = await startFakeVendor();
  if (purpose === "slow") {
    vendor.script(behave.stream(["one ", "two ", "three ", "four ", "five"], { delayMs: 60 }));
  }
  if (purpose === "failure") vendor.script(behave.html(), behave.stream(["one"], { cutAfter: 1 }));
  const http = createHttp(systemClock);
  const use = useOf([HTTP, http], [CLOCK, systemClock], [DIALECTS, dialects], [
    ENVIRONMENT,
    fixedEnvironment({}),
  ]);
  const provider = await plugin.make(use, {
    endpoint: new URL(vendor.url).origin,
    deployments: {},
    api: "chat",
  });
  return {
    ...provider,
    close: async () => {
      await http.close();
      await vendor.close();
    },
  };
}, { failing: [{}] });
