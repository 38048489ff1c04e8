/** Tencent Hunyuan: chat and embeddings in OpenAI's format with a key, pictures and films as signed jobs of Tencent Cloud. */

import { z } from "zod";
import {
  CLOCK,
  definePlugin,
  DIALECTS,
  ENVIRONMENT,
  HTTP,
  KEYS,
  type Plugin,
  type Timeouts,
  wireProvider,
} from "../../../src/plugin.ts";
import { jobCodec } from "./job-codec.ts";
import { chatKey, chatManifest, jobManifest } from "./manifest.ts";
import { signer } from "./sign.ts";

export interface HunyuanOptions {
  /** Where jobs run. Default: `TENCENTCLOUD_REGION`, then `ap-guangzhou`, which every one of these services has. */
  readonly region?: string | undefined;
  /** Of chat and embeddings. */
  readonly baseUrl?: string | undefined;
  /** One address for all jobs, in the place of one for each of Tencent's services: a proxy, a local stand-in. */
  readonly jobsUrl?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeouts?: Timeouts | undefined;
  readonly models?: "catalog" | "open" | undefined;
}

const milliseconds = z.number().positive().optional();
const address = z.url({ protocol: /^https?$/ }).optional();

const options = z.strictObject({
  region: z.string().regex(/^[a-z0-9-]+$/, "must be a region such as ap-guangzhou").optional(),
  baseUrl: address,
  jobsUrl: address,
  headers: z.record(z.string(), z.string()).optional(),
  timeouts: z.strictObject({ connectMs: milliseconds, firstPartMs: milliseconds, idleMs: milliseconds })
    .optional(),
  models: z.enum(["catalog", "open"]).optional(),
}) as z.ZodType<HunyuanOptions>;

const plugin: Plugin<"provider", HunyuanOptions> = definePlugin({
  api: 1,
  kind: "provider",
  id: "hunyuan",
  options,
  async make(use, options) {
    const environment = use(ENVIRONMENT);
    const keys = use(KEYS);
    const { timeouts, models } = options;
    const headers = Object.fromEntries(
      Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const shared = { http: use(HTTP), headers, timeouts, models };
    const chatCodec = (await use(DIALECTS).get(chatManifest.dialect)).codec(chatManifest);
    const chat = wireProvider({
      ...shared,
      manifest: chatManifest,
      codecs: { text: chatCodec, embedding: chatCodec },
      baseUrl: options.baseUrl ?? environment.get("HUNYUAN_BASE_URL"),
    });
    const region = options.region ?? environment.get("TENCENTCLOUD_REGION") ?? "ap-guangzhou";
    const codec = jobCodec(jobManifest, region, options.jobsUrl === undefined);
    const jobs = wireProvider({
      ...shared,
      manifest: jobManifest,
      codecs: { image: codec, video: codec },
      baseUrl: options.jobsUrl,
      key: "none",
      sign: signer(keys, use(CLOCK)),
    });
    return {
      ...chat,
      modalities: [...chat.modalities, ...jobs.modalities],
      // Jobs need another one, so that chat asks for its own when it is missing.
      key: { names: chatKey, optional: true },
      credentials: "a Tencent Cloud secret for pictures and films",
      async open(ctx, key) {
        const { modality, provider } = ctx.target;
        if (modality === "image" || modality === "video") return await jobs.open(ctx, undefined);
        return await chat.open(ctx, key ?? await keys.find(chatKey, { provider, signal: ctx.signal }));
      },
    };
  },
});
export default plugin;
