/** The provider `azure`: OpenAI's models in a resource of one's own, by key or by Entra, in the v1 API or a dated one. */

import { z } from "zod";
import {
  CLOCK,
  type Codec,
  definePlugin,
  DIALECTS,
  ENVIRONMENT,
  type Exchange,
  HTTP,
  type Manifest,
  type Modality,
  type Plugin,
  type Timeouts,
  wireProvider,
} from "../../../src/plugin.ts";
import { type EntraOptions, entraTokens } from "./credential.ts";
import { deployedCodec } from "./deployed-codec.ts";
import { endpointOf } from "./endpoint.ts";
import { chat, classicChat, media, responses } from "./manifest.ts";
import { createTokens } from "./tokens.ts";

export interface AzureOptions {
  /** The resource's address. Default: `baseUrl`, `AZURE_OPENAI_ENDPOINT`, or that of the resource `AZURE_RESOURCE_NAME`. */
  readonly endpoint?: string | undefined;
  /**
   * A date: the classic API, with deployments in its paths. `preview`: the v1 API with what is not settled yet. Default:
   * `OPENAI_API_VERSION`, or else the v1 API, which needs none.
   */
  readonly apiVersion?: string | undefined;
  /** Model -> deployment. A model that is not listed is deployed under its own name. */
  readonly deployments: Readonly<Record<string, string>>;
  /** The wire format of text calls. Default `chat`. */
  readonly api: "chat" | "responses";
  /** Entra instead of a key; `true`: whatever the machine is logged in with. */
  readonly entra?: boolean | EntraOptions | undefined;
  readonly baseUrl?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeouts?: Timeouts | undefined;
  readonly models?: "catalog" | "open" | undefined;
}

const name = z.string().min(1);

const options = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  apiVersion: name.optional(),
  deployments: z.record(name, name).default({}),
  api: z.enum(["chat", "responses"]).default("chat"),
  entra: z.union([
    z.boolean(),
    z.strictObject({
      tenantId: name.optional(),
      clientId: name.optional(),
      clientSecret: name.optional(),
      scope: name.optional(),
    }),
  ]).optional(),
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
  headers: z.record(name, z.string()).optional(),
  timeouts: z.strictObject({
    connectMs: z.number().positive().optional(),
    firstPartMs: z.number().positive().optional(),
    idleMs: z.number().positive().optional(),
  }).optional(),
  models: z.enum(["catalog", "open"]).optional(),
}) as unknown as z.ZodType<AzureOptions>;

const plugin: Plugin<"provider", AzureOptions> = definePlugin({
  api: 1,
  kind: "provider",
  id: "azure",
  options,
  packages: ["@azure/identity"],
  async make(use, options) {
    const endpoint = endpointOf(options, use(ENVIRONMENT));
    const dialects = use(DIALECTS);
    const codecFor = async (manifest: Manifest): Promise<Codec> =>
      deployedCodec((await dialects.get(manifest.dialect)).codec(manifest), endpoint, options.deployments);
    const text = options.api === "responses" ? responses : chat;
    const chatCodec = await codecFor(endpoint.classic ? classicChat : chat);
    const mediaCodec = await codecFor(media);
    const codecs: Partial<Record<Modality, Codec>> = {
      text: text === chat ? chatCodec : await codecFor(responses),
      embedding: chatCodec,
    };
    for (const modality of Object.keys(media.media ?? {}) as Modality[]) codecs[modality] = mediaCodec;
    const sign = await signer(options, use(CLOCK));
    return wireProvider({
      manifest: text,
      codecs,
      http: use(HTTP),
      baseUrl: endpoint.baseUrl,
      headers: lowerCase(options.headers),
      timeouts: options.timeouts,
      models: options.models,
      ...(sign !== undefined && { key: "none" as const, credentials: "Entra ID", sign }),
    });
  },
});

export default plugin;

async function signer(
  { entra }: AzureOptions,
  clock: Parameters<typeof createTokens>[1],
): Promise<Exchange["sign"]> {
  if (entra === undefined || entra === false) return undefined;
  const tokens = createTokens(await entraTokens(entra === true ? {} : entra), clock);
  const header = (token: string) => ({ authorization: `Bearer ${token}` });
  return ({ signal }) => {
    const token = tokens.get(signal);
    return typeof token === "string" ? header(token) : token.then(header);
  };
}

function lowerCase(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
