/** Every bundled provider of text passes the suite that a stranger's must pass, over real sockets, in its own wire format. */

import { describe, it } from "node:test";
import { manifests } from "../../../plugins/_index.ts";
import { Catalog } from "../../../src/catalog/index.ts";
import { openEngine } from "../../../src/client/engine.ts";
import { EventBus } from "../../../src/kernel/index.ts";
import { ENVIRONMENT } from "../../../src/plugin.ts";
import { fixedEnvironment } from "../../../src/runtime/environment.ts";
import { providerSuite } from "../../../src/testing.ts";
import { startSpeakingVendor } from "../../support/speaking-vendor.ts";

/** Providers in code, and the wire format of their text. Vertex, whose credentials want a server, has a suite of its own. */
const inCode: Readonly<Record<string, string>> = {
  azure: "openai-chat",
  bedrock: "bedrock-converse",
  hunyuan: "openai-chat",
};

const dialects: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.values(manifests)
      .filter(({ dialect, capabilities }) => dialect !== "media" && capabilities?.text !== false)
      .map(({ id, dialect }) => [id, dialect]),
  ),
  ...inCode,
};

for (const [id, dialect] of Object.entries(dialects)) {
  describe(id, { concurrency: true }, () => {
    providerSuite((name, body) => void it(name, body), async ({ purpose }) => {
      const vendor = await startSpeakingVendor(dialect, purpose);
      const engine = await openEngine(
        {
          pluginFolder: false,
          provide: [[ENVIRONMENT, fixedEnvironment({ AWS_REGION: "us-east-1" })]],
          providers: { [id]: { baseUrl: vendor.url } },
        },
        new Catalog(),
        new EventBus((error) => {
          throw error;
        }),
        [],
      );
      const { provider } = await engine.opened.providers.get(id);
      return {
        ...provider,
        close: async () => {
          await engine.opened.disposer.close();
          await vendor.close();
        },
      };
    }, { failing: [{}] });
  });
}
