/** The vault `aws-secrets-manager`, through Amazon's own SDK: its credential chain, signatures and retries. */

import { definePlugin, ENVIRONMENT, type Plugin } from "../../../src/plugin.ts";
import { clientSettings } from "./client-settings.ts";
import { type AwsSecretsManagerOptions, options } from "./options.ts";
import { failureOf, isNotFound } from "./failure.ts";
import { fieldOf, valueOf } from "./value.ts";

const plugin: Plugin<"vault", AwsSecretsManagerOptions> = definePlugin({
  api: 1,
  kind: "vault",
  id: "aws-secrets-manager",
  options,
  packages: ["@aws-sdk/client-secrets-manager"],
  async make(use, options) {
    const { SecretsManagerClient, GetSecretValueCommand } = await import("@aws-sdk/client-secrets-manager");
    const client = new SecretsManagerClient(clientSettings(options, use(ENVIRONMENT)));
    const { prefix = "", secretId, ttlMs } = options;
    return {
      ttlMs,
      async read(name, signal) {
        signal.throwIfAborted();
        if (!/^\w[\w.-]{0,254}$/.test(name)) return undefined;
        const id = secretId ?? prefix + name;
        try {
          const found = await client.send(new GetSecretValueCommand({ SecretId: id }), {
            abortSignal: signal,
          });
          return secretId === undefined ? valueOf(found, id, name) : fieldOf(found, id, name);
        } catch (error) {
          signal.throwIfAborted();
          if (isNotFound(error)) return undefined;
          throw failureOf(error, id);
        }
      },
      close: () => client.destroy(),
    };
  },
});

export default plugin;
