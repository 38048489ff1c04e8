/** Addresses and paths of a resource. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { endpointOf } from "../../../../plugins/providers/azure/endpoint.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { fixedEnvironment } from "../../../../src/runtime/environment.ts";

const request = (path: string) => ({ method: "POST", path, stream: false } as const);
const at = "https://acme.openai.azure.com";

describe("a resource's address", () => {
  const rows: readonly [string, Parameters<typeof endpointOf>[0], Record<string, string>, string, string][] =
    [
      ["v1 by default", { endpoint: at }, {}, "/chat/completions", `${at}/openai/v1/chat/completions`],
      [
        "copied with its path",
        { baseUrl: `${at}/openai/v1/` },
        {},
        "/responses",
        `${at}/openai/v1/responses`,
      ],
      [
        "behind a gateway",
        { endpoint: "https://gw.example/azure" },
        {},
        "/embeddings",
        "https://gw.example/azure/openai/v1/embeddings",
      ],
      [
        "from the environment",
        {},
        { AZURE_OPENAI_ENDPOINT: at },
        "/embeddings",
        `${at}/openai/v1/embeddings`,
      ],
      ["by its name", {}, { AZURE_RESOURCE_NAME: "acme" }, "/embeddings", `${at}/openai/v1/embeddings`],
      [
        "v1, with a stage",
        { endpoint: at, apiVersion: "preview" },
        {},
        "/responses",
        `${at}/openai/v1/responses?api-version=preview`,
      ],
      [
        "classic",
        { endpoint: at, apiVersion: "2024-10-21" },
        {},
        "/chat/completions",
        `${at}/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21`,
      ],
      [
        "classic, by the environment",
        { endpoint: at },
        { OPENAI_API_VERSION: "2025-04-01-preview" },
        "/audio/speech",
        `${at}/openai/deployments/my%20gpt/audio/speech?api-version=2025-04-01-preview`,
      ],
      [
        "classic, beside the deployments",
        { endpoint: at, apiVersion: "2025-04-01-preview" },
        {},
        "/responses/r1?include%5B%5D=x",
        `${at}/openai/responses/r1?include%5B%5D=x&api-version=2025-04-01-preview`,
      ],
      [
        "this machine may be plain http",
        { endpoint: "http://127.0.0.1:4010" },
        {},
        "/embeddings",
        "http://127.0.0.1:4010/openai/v1/embeddings",
      ],
    ];
  for (const [name, options, variables, path, expected] of rows) {
    it(name, () => {
      const { baseUrl, place } = endpointOf(options, fixedEnvironment(variables));
      assert.equal(baseUrl + place(request(path), "my gpt").path, expected);
    });
  }

  it("is refused when it is missing or gives the key away", () => {
    const wrong = [
      {},
      { endpoint: "http://acme.openai.azure.com" },
      { endpoint: "http://169.254.169.254/" },
      { endpoint: "https://user:pass@acme.openai.azure.com" },
      { endpoint: at, apiVersion: "2024-10-21&x=y" },
    ];
    for (const options of wrong) {
      assert.throws(
        () => endpointOf(options, fixedEnvironment({})),
        (error) => LoomError.is(error, "config-invalid"),
      );
    }
    assert.throws(() => endpointOf({}, fixedEnvironment({ AZURE_RESOURCE_NAME: "evil.com/" })), LoomError);
  });
});
