/** The stand-in for AWS Secrets Manager, proven with Amazon's own client and signer before the plugin is. */

import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SignatureV4 } from "@smithy/signature-v4";
import { access, type AwsStandIn, region, startAws } from "../support/aws-stand-in.ts";

type Bytes = string | ArrayBuffer | ArrayBufferView | Uint8Array;

/** The hash that the signer asks for, on `node:crypto`. */
class Sha256 {
  readonly #hash;
  constructor(secret?: Bytes) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as string);
  }
  update(data: Bytes): void {
    this.#hash.update(data as string);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }
  reset(): void {}
}

let aws: AwsStandIn;
before(async () => {
  aws = await startAws();
  aws.secrets.set("key", "sk-aws");
});
after(() => aws.close());

function client(changed: Partial<typeof access> = {}, clientRegion = region) {
  return new SecretsManagerClient({
    endpoint: aws.url,
    region: clientRegion,
    credentials: { ...access, ...changed },
    maxAttempts: 1,
  });
}

describe("the stand-in for AWS", () => {
  it("gives Amazon's client what is stored", async () => {
    const sdk = client();
    const found = await sdk.send(new GetSecretValueCommand({ SecretId: "key" }));
    assert.deepEqual([found.Name, found.SecretString, found.VersionStages], ["key", "sk-aws", [
      "AWSCURRENT",
    ]]);
    await assert.rejects(sdk.send(new GetSecretValueCommand({ SecretId: "none" })), {
      name: "ResourceNotFoundException",
    });
    sdk.destroy();
  });

  for (
    const [name, changed, clientRegion, error] of [
      ["another secret key", { secretAccessKey: "wrong" }, region, "InvalidSignatureException"],
      ["an unknown key id", { accessKeyId: "AKIDNOBODY" }, region, "UnrecognizedClientException"],
      ["another session", { sessionToken: "old" }, region, "ExpiredTokenException"],
      ["another region", {}, "us-east-1", "InvalidSignatureException"],
    ] as const
  ) {
    it(`refuses ${name}`, async () => {
      const sdk = client(changed, clientRegion);
      await assert.rejects(sdk.send(new GetSecretValueCommand({ SecretId: "key" })), { name: error });
      sdk.destroy();
    });
  }

  it("takes what Amazon's signer signed, and nothing that was changed afterwards", async () => {
    const signer = new SignatureV4({
      service: "secretsmanager",
      region,
      credentials: access,
      sha256: Sha256,
    });
    const { host, hostname, port } = new URL(aws.url);
    const body = '{"SecretId":"key"}';
    const { headers } = await signer.sign({
      method: "POST",
      protocol: "http:",
      hostname,
      port: Number(port),
      path: "/",
      headers: {
        host,
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "secretsmanager.GetSecretValue",
      },
      body,
    });
    const post = (text: string, more: Readonly<Record<string, string>> = {}) =>
      fetch(aws.url, { method: "POST", headers: { ...headers, ...more }, body: text });
    assert.equal((await (await post(body)).json()).SecretString, "sk-aws");
    for (
      const [text, more] of [
        ['{"SecretId":"kez"}', {}],
        [body, { "x-amz-target": "secretsmanager.DeleteSecret" }],
        [body, { "x-amz-date": "20200101T000000Z" }],
      ] as const
    ) {
      const reply = await post(text, more);
      assert.equal(reply.status, 400);
      assert.equal((await reply.json()).__type, "InvalidSignatureException");
    }
    const unsigned = await fetch(aws.url, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.1" },
      body,
    });
    assert.equal((await unsigned.json()).__type, "IncompleteSignature");
  });
});
