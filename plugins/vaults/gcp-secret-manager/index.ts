/** The vault `gcp-secret-manager`, through Google's own client: application default credentials, and REST on both runtimes. */

import { z } from "zod";
import { definePlugin, ENVIRONMENT, loomError, type Plugin } from "../../../src/plugin.ts";
import { type Client, clientOptions, type Endpoint, endpointOf } from "./client.ts";
import { failureOf, isNotFound } from "./failure.ts";
import { decodePayload } from "./payload.ts";

export interface GcpSecretManagerOptions {
  /** Default: `GOOGLE_CLOUD_PROJECT`, `GCLOUD_PROJECT`, or the project of the credentials. */
  readonly project?: string | undefined;
  /** Stands before every name: `loom-` makes `loom-OPENAI_API_KEY`. Default: nothing. */
  readonly prefix: string;
  /** A number, an alias, or `latest`, which is the newest version, disabled or not. Default `latest`. */
  readonly version: string;
  /** Another address of the service: a private endpoint, a local stand-in. */
  readonly endpoint?: string | undefined;
  /** Where regional secrets live, such as `europe-west3`. Default: global secrets. */
  readonly location?: string | undefined;
  /** How long Loom uses a secret before it reads it again. Default 300,000. */
  readonly ttlMs: number;
}

const options = z.strictObject({
  project: z.string().regex(/^[a-z0-9][a-z0-9.:-]*$/, "must be a project's id or number").optional(),
  prefix: z.string().max(200).regex(/^[\w-]*$/, "must be letters, digits, _ and -").default(""),
  version: z.string().regex(/^[\w-]+$/, "must be a number, an alias or latest").default("latest"),
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  location: z.string().regex(/^[a-z0-9-]+$/, "must be a location such as europe-west3").optional(),
  ttlMs: z.int().min(0).max(86_400_000).default(300_000),
}) as z.ZodType<GcpSecretManagerOptions>;

const plugin: Plugin<"vault", GcpSecretManagerOptions> = definePlugin({
  api: 1,
  kind: "vault",
  id: "gcp-secret-manager",
  options,
  packages: ["@google-cloud/secret-manager"],
  async make(use, options) {
    const environment = use(ENVIRONMENT);
    const endpoint: Endpoint = endpointOf(options.endpoint, options.location);
    const { SecretManagerServiceClient } = await import("@google-cloud/secret-manager");
    const named = options.project ?? environment.get("GOOGLE_CLOUD_PROJECT") ??
      environment.get("GCLOUD_PROJECT");
    const { prefix, version, location, ttlMs } = options;
    let opening: Promise<Opened> | undefined;

    interface Opened {
      readonly client: Client;
      readonly project: string;
    }

    /** A client that could not log in stays so, and its next call would end the process; so each try has its own. */
    async function open(): Promise<Opened> {
      const client: Client = new SecretManagerServiceClient(clientOptions(endpoint, named));
      await client.initialize();
      return { client, project: named ?? await client.getProjectId() };
    }

    async function access(secret: string): Promise<string | undefined> {
      let resource = secret;
      try {
        opening ??= open().catch((error: unknown) => {
          opening = undefined;
          throw error;
        });
        const { client, project } = await opening;
        const place = location === undefined ? "" : `/locations/${location}`;
        resource = `projects/${project}${place}/secrets/${secret}/versions/${version}`;
        // Loom retries a vault that is down by itself.
        const [{ payload }] = await client.accessSecretVersion({ name: resource }, {
          timeout: timeoutMs,
          retry: null,
        });
        return decodePayload(payload, resource);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw failureOf(error, resource);
      }
    }

    return {
      ttlMs,
      async read(name, signal) {
        signal.throwIfAborted();
        if (!/^\w[\w-]{0,254}$/.test(name) || (prefix + name).length > 255) return undefined;
        return await orAborted(access(prefix + name), signal);
      },
      async close() {
        const opened = opening;
        opening = Promise.reject(loomError("closed", "the vault gcp-secret-manager is closed", {}));
        opening.catch(() => {});
        await opened?.then(({ client }) => client.close(), () => {});
      },
    };
  },
});

export default plugin;

/** The client takes no signal; what nobody waits for any more ends by itself after this time. */
const timeoutMs = 10_000;

/** Settles as the promise does, or rejects when the caller leaves first. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
