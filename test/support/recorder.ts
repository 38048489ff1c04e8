/** Every bundled provider, with a wire that sends nothing and keeps what would have been sent. */

import { Catalog } from "../../src/catalog/index.ts";
import { openEngine } from "../../src/client/engine.ts";
import type { Call } from "../../src/contract/call.ts";
import type { WireRequest } from "../../src/contract/dialect.ts";
import type { Provider } from "../../src/contract/provider.ts";
import type { Http } from "../../src/contract/services.ts";
import { EventBus } from "../../src/kernel/index.ts";
import { ENVIRONMENT, HTTP } from "../../src/plugin.ts";
import { fixedEnvironment } from "../../src/runtime/environment.ts";
import { fakeAttempting } from "../../src/testing/fake-context.ts";
import { fakeSecret } from "../../src/testing/fake-secret.ts";

/** What a provider in code needs to be made at all. */
const options: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  azure: { endpoint: "https://example.openai.azure.com" },
  bedrock: { region: "us-east-1" },
  vertex: { project: "example", location: "global" },
};

export interface Recorder {
  /** Sorted. */
  readonly ids: readonly string[];
  provider(id: string): Promise<{ readonly provider: Provider; readonly vendor: string }>;
  /** Upstream names of the models that the catalog has for a provider. */
  models(id: string): Promise<readonly string[]>;
  /**
   * What would be sent; `undefined` for providers that send nothing.
   * @throws LoomError what the codec throws
   */
  request(id: string, call: Partial<Call>, upstreamModel?: string): Promise<WireRequest | undefined>;
  close(): Promise<void>;
}

export async function openRecorder(): Promise<Recorder> {
  let last: WireRequest | undefined;
  const nothingBeside = () => Promise.reject(new Error("nothing is asked beside calls"));
  const wire: Http = {
    exchange(ctx, { codec }) {
      last = codec.encode(ctx);
      return Promise.resolve({ parts: [] });
    },
    operate: nothingBeside,
    request: nothingBeside,
    close: () => Promise.resolve(),
  };
  const catalog = new Catalog();
  const engine = await openEngine(
    {
      pluginFolder: false,
      provide: [[HTTP, wire], [ENVIRONMENT, fixedEnvironment({})]],
      providers: Object.fromEntries(Object.entries(options).map(([id, own]) => [id, { options: own }])),
    },
    catalog,
    new EventBus((error) => {
      throw error;
    }),
    [],
  );
  const { providers, disposer } = engine.opened;

  async function models(id: string): Promise<readonly string[]> {
    const { vendor } = await providers.get(id);
    return (await catalog.models({ provider: vendor })).map(({ model }) => model);
  }

  return {
    ids: [...providers.ids()].sort(),
    provider: async (id) => await providers.get(id),
    models,
    async request(id, call, upstreamModel) {
      last = undefined;
      const { provider } = await providers.get(id);
      const model = upstreamModel ?? (await models(id))[0] ?? "m1";
      const target = { provider: id, upstreamModel: model, ...(call.params && { params: call.params }) };
      await provider.open(fakeAttempting({ call, target }), fakeSecret("sk-0"));
      return last;
    },
    close: () => disposer.close(),
  };
}
