/**
 * Vertex AI: Google's models, Claude, and open models, told apart by their names, behind one project and location. Who asks
 * is proven with Google's application default credentials.
 */

import { z } from "zod";
import {
  CLOCK,
  definePlugin,
  DIALECTS,
  ENVIRONMENT,
  HTTP,
  type Plugin,
  type Provider,
  type Timeouts,
} from "../../../src/plugin.ts";
import { addressesOf } from "./addresses.ts";
import { claudeOnVertex } from "./claude.ts";
import { manifestOf } from "./manifest.ts";
import { foundLater, namedProject, projectOf } from "./project.ts";
import { type Parts, providerOf, type Wire } from "./provider.ts";
import { openCredentials } from "./credentials.ts";
import { tokenSource } from "./tokens.ts";

export interface VertexOptions {
  /** Default: `GOOGLE_CLOUD_PROJECT`, `GCLOUD_PROJECT`, `ANTHROPIC_VERTEX_PROJECT_ID`, then the project of the credentials. */
  readonly project?: string | undefined;
  /** A region, `us`, `eu` or `global`. Default: `GOOGLE_CLOUD_LOCATION`, `CLOUD_ML_REGION`, then `global`. */
  readonly location?: string | undefined;
  /** A credentials file. Default: `GOOGLE_APPLICATION_CREDENTIALS`, then gcloud's own file, then the metadata server. */
  readonly credentials?: string | undefined;
  /** The project that pays, when it is not the one that is asked. */
  readonly quotaProject?: string | undefined;
  /** Default `v1`. */
  readonly apiVersion?: "v1" | "v1beta1" | undefined;
  /** Another address of the service, version included: a private endpoint, a local stand-in. */
  readonly baseUrl?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeouts?: Timeouts | undefined;
  readonly models?: "catalog" | "open" | undefined;
}

const milliseconds = z.number().positive().optional();

const options = z.strictObject({
  project: z.string().regex(/^[a-z0-9][a-z0-9.:-]*$/, "must be a project's id or number").optional(),
  location: z.string().regex(/^[a-z0-9-]+$/, "must be a location such as europe-west4 or global").optional(),
  credentials: z.string().min(1).optional(),
  quotaProject: z.string().regex(/^[a-z0-9][a-z0-9.:-]*$/, "must be a project's id or number").optional(),
  apiVersion: z.enum(["v1", "v1beta1"]).optional(),
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  timeouts: z.strictObject({ connectMs: milliseconds, firstPartMs: milliseconds, idleMs: milliseconds })
    .optional(),
  models: z.enum(["catalog", "open"]).optional(),
}) as z.ZodType<VertexOptions>;

const plugin: Plugin<"provider", VertexOptions> = definePlugin({
  api: 1,
  kind: "provider",
  id: "vertex",
  options,
  packages: ["google-auth-library"],
  async make(use, options) {
    const environment = use(ENVIRONMENT);
    const dialects = use(DIALECTS);
    const credentials = await openCredentials({
      file: options.credentials ?? environment.get("GOOGLE_APPLICATION_CREDENTIALS"),
      quotaProject: options.quotaProject ?? environment.get("GOOGLE_CLOUD_QUOTA_PROJECT"),
    });
    const tokens = tokenSource(credentials, use(CLOCK));
    const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
    const shared: Parts["shared"] = {
      credentials: "Google's application default credentials",
      http: use(HTTP),
      headers: Object.fromEntries(headers),
      timeouts: options.timeouts,
      models: options.models ?? "open",
      key: "none",
      sign: (request) => tokens.headers(request.signal),
    };

    async function wire(dialect: string, baseUrl: string): Promise<Wire> {
      const manifest = manifestOf(dialect, baseUrl);
      return { manifest, codec: (await dialects.get(dialect)).codec(manifest) };
    }

    async function inProject(project: string): Promise<Provider> {
      const addresses = addressesOf(project, options, environment);
      const [google, claude, open] = await Promise.all([
        wire("gemini", addresses.google),
        wire("anthropic-messages", addresses.anthropic),
        wire("openai-chat", addresses.open),
      ]);
      return providerOf({ google, claude: { ...claude, codec: claudeOnVertex(claude.codec) }, open, shared });
    }

    const project = namedProject(options, environment);
    if (project !== undefined) return await inProject(project);
    // The credentials may know it; finding out can take a request, which only a call is worth.
    const find = async () => await inProject(await projectOf(credentials));
    return foundLater(await inProject("unknown"), find);
  },
});

export default plugin;
