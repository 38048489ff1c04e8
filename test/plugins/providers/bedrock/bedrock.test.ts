/** The provider against a server that checks signatures, and what it does without region or credentials. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import plugin from "../../../../plugins/providers/bedrock/index.ts";
import { type Loom, LoomError } from "../../../../src/index.ts";
import { bareLoom } from "../../../support/looms.ts";
import { complaintsOf, optionsOf } from "../../../support/options.ts";
import { type TestServer } from "../../../support/server.ts";
import { frames } from "../../dialects/bedrock-converse/support.ts";
import { serveSigned } from "./sigv4-server.ts";

const place = {
  region: "eu-west-1",
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "token//with+signs==",
};
const variables = {
  AWS_REGION: place.region,
  AWS_ACCESS_KEY_ID: place.accessKeyId,
  AWS_SECRET_ACCESS_KEY: place.secretAccessKey,
  AWS_SESSION_TOKEN: place.sessionToken,
};
const answer = {
  output: { message: { role: "assistant", content: [{ text: "3 æ" }] } },
  stopReason: "end_turn",
  usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
  metrics: { latencyMs: 1 },
};
const events = [
  { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "3 æ" } } },
  { messageStop: { stopReason: "end_turn" } },
  { metadata: { usage: { inputTokens: 1, outputTokens: 2 } } },
];
const models = [
  "anthropic.claude-haiku-4-5-20251001-v1:0",
  "eu.amazon.nova-lite-v1:0",
  "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/ab12",
];

let server: TestServer;
let withKey: string | undefined;
const looms: Loom[] = [];

function loom(given: Readonly<Record<string, string>>, more: object = {}): Loom {
  const made = bareLoom({
    variables: given,
    providers: { bedrock: { baseUrl: server.url, ...more } },
    retry: { maxAttempts: 1 },
  });
  looms.push(made);
  return made;
}

before(async () => {
  server = await serveSigned(place, ({ url, response }) => {
    const streams = url.endsWith("-stream");
    response.writeHead(200, {
      "content-type": streams ? "application/vnd.amazon.eventstream" : "application/json",
    }).end(streams ? frames(events) : JSON.stringify(answer));
  });
});
after(async () => {
  for (const made of looms) await made.close();
  await server.close();
});

describe("requests are signed", () => {
  it("and the server that checks takes what Amazon's own client signs", async () => {
    const { region, sessionToken, accessKeyId, secretAccessKey } = place;
    const config = { region, endpoint: server.url, maxAttempts: 1, requestHandler: new NodeHttpHandler() };
    const messages = [{ role: "user" as const, content: [{ text: "Wie heißt Æther?" }] }];
    const good = new BedrockRuntimeClient({
      ...config,
      credentials: { accessKeyId, secretAccessKey, sessionToken },
    });
    for (const modelId of models) await good.send(new ConverseCommand({ modelId, messages }));
    const bad = new BedrockRuntimeClient({
      ...config,
      credentials: { accessKeyId, secretAccessKey: "x", sessionToken },
    });
    await assert.rejects(
      bad.send(new ConverseCommand({ modelId: "m", messages })),
      /the signature is another/,
    );
    good.destroy();
    bad.destroy();
  });

  for (const model of models) {
    it(`for ${model}, whole and streamed`, async () => {
      const made = loom(variables);
      const request = { provider: "bedrock", model, prompt: "Wie heißt Æther?" };
      assert.equal((await made.generate(request)).text, "3 æ");
      const streamed = await made.stream(request).result;
      assert.equal(streamed.text, "3 æ");
      assert.equal(streamed.usage.inputTokens, 1);
    });
  }

  it("and refused when the secret is wrong, without telling it", async () => {
    const made = loom({ ...variables, AWS_SECRET_ACCESS_KEY: "wrong-secret-0123456789" });
    await assert.rejects(made.generate({ provider: "bedrock", model: "m", prompt: "x" }), (error) => {
      assert.ok(LoomError.is(error, "auth-rejected"), String(error));
      assert.ok(!JSON.stringify([error, error.message, error.trace]).includes("wrong-secret"));
      return true;
    });
  });

  it("but not when there is a key of Bedrock", async () => {
    const made = loom({ ...variables, AWS_BEARER_TOKEN_BEDROCK: "bedrock-api-key-test" });
    await assert.rejects(made.generate({ provider: "bedrock", model: "m", prompt: "x" }), LoomError);
    withKey = server.requests.at(-1)?.headers["authorization"];
    assert.equal(withKey, "Bearer bedrock-api-key-test");
  });

  it("which needs a region", async () => {
    const { AWS_REGION: _, ...rest } = variables;
    await assert.rejects(
      loom(rest).generate({ provider: "bedrock", model: "m", prompt: "x" }),
      (error) => LoomError.is(error, "config-invalid") && /AWS_REGION/.test(error.message),
    );
    const made = loom(rest, { options: { region: place.region } });
    assert.equal((await made.generate({ provider: "bedrock", model: "m", prompt: "x" })).text, "3 æ");
  });
});

describe("options", () => {
  it("have nothing that is needed", () => assert.deepEqual(optionsOf(plugin), {}));
  it("are checked", () => {
    assert.match(complaintsOf(plugin, { region: "EU West" })[0] ?? "", /^region: must be a region/);
    assert.match(complaintsOf(plugin, { secret: "x" })[0] ?? "", /secret/);
  });
});
