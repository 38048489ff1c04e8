/** A mock server that this project did not write, on a port of its own, standing in for every bundled vendor by path. */

import { LLMock } from "@copilotkit/aimock";
import { manifests } from "../../plugins/_index.ts";
import type { Loom } from "../../src/index.ts";
import { bareLoom, type BareOptions } from "../support/looms.ts";

/** Looks like a key; the mock takes this one and no other. */
export const goodKey = "sk-e2e-5b1f0d7c9a";

export interface MockVendor {
  readonly mock: LLMock;
  /** The address under which the mock plays a vendor: the vendor's own path on the mock's port. */
  baseUrl(provider: string): string;
  /** A Loom whose vendors all live here. Retries wait next to nothing unless `options` say otherwise. */
  loom(options?: BareOptions): Loom;
  /** Requests that hold this text, in the order of their arrival. */
  requests(text: string): readonly Arrival[];
  close(): Promise<void>;
}

export interface Arrival {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly status: number;
  /** The client left, or the mock broke off, before the answer was complete. */
  readonly interrupted: boolean;
}

export async function startMockVendor(): Promise<MockVendor> {
  const mock = new LLMock({ port: 0, auth: { apiKeys: [goodKey] } });
  const url = await mock.start();
  const baseUrl = (provider: string) => {
    const path = new URL(manifests[provider]?.baseUrl ?? `unknown:${provider}`).pathname;
    return url + path.replace(/\/$/, "");
  };
  const providers = Object.fromEntries(
    Object.keys(manifests).map((id) => [id, { baseUrl: baseUrl(id), apiKey: goodKey }]),
  );
  return {
    mock,
    baseUrl,
    loom: (options = {}) =>
      bareLoom({
        retry: { maxAttempts: 3, baseDelayMs: 1 },
        ...options,
        providers: { ...providers, ...options.providers },
      }),
    requests: (text) =>
      mock.getRequests().filter(({ body }) => JSON.stringify(body).includes(text)).map((entry) => ({
        path: entry.path,
        body: entry.body ?? {},
        status: entry.response.status,
        interrupted: entry.response.interrupted ?? false,
      })),
    close: () => mock.stop(),
  };
}

/** The usage that fixtures report unless they say otherwise: prices come out in whole nano-USD. */
export const usage = { prompt_tokens: 1000, completion_tokens: 200 };
