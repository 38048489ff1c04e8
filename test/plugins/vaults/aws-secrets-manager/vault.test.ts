/** The vault `aws-secrets-manager` with Amazon's SDK against a server that checks signatures. */

import assert from "node:assert/strict";
import process from "node:process";
import { after, before, beforeEach, describe, it, test } from "node:test";
import plugin from "../../../../plugins/vaults/aws-secrets-manager/index.ts";
import { ENVIRONMENT, type Vault } from "../../../../src/plugin.ts";
import { fixedEnvironment } from "../../../../src/runtime/environment.ts";
import { vaultSuite } from "../../../../src/testing.ts";
import { folderOf } from "../../../support/folder.ts";
import { failureOf } from "../../../support/failure.ts";
import { complaintsOf, optionsOf } from "../../../support/options.ts";
import { serve } from "../../../support/server.ts";
import { useOf } from "../../../support/use.ts";
import { access, type AwsStandIn, region, startAws } from "../support/aws-stand-in.ts";

const NAME = "ACME_API_KEY";
const variables = {
  AWS_ACCESS_KEY_ID: access.accessKeyId,
  AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
  AWS_SESSION_TOKEN: access.sessionToken,
  AWS_REGION: region,
};
const never = () => new AbortController().signal;

let aws: AwsStandIn;
before(async () => aws = await startAws());
after(() => aws.close());
beforeEach(() => aws.secrets.clear());

async function open(
  given: Readonly<Record<string, unknown>> = {},
  environment: Readonly<Record<string, string | undefined>> = variables,
): Promise<Vault> {
  const use = useOf([ENVIRONMENT, fixedEnvironment(environment)]);
  return await plugin.make(use, optionsOf(plugin, { endpoint: aws.url, ...given }));
}

async function read(given: Readonly<Record<string, unknown>>, name = NAME): Promise<string | undefined> {
  const vault = await open(given);
  try {
    return await vault.read(name, never());
  } finally {
    await vault.close?.();
  }
}

vaultSuite(
  test,
  () => {
    aws.secrets.set(`prod/loom/${NAME}`, "sk-suite");
    return open({ prefix: "prod/loom/" });
  },
  {
    present: { name: NAME, value: "sk-suite" },
    broken: () => {
      aws.secrets.set(NAME, { type: "AccessDeniedException", status: 400, message: "not authorized" });
      return open();
    },
    hanging: () => {
      aws.secrets.set(NAME, "hang");
      return open();
    },
  },
);

describe("the vault aws-secrets-manager", () => {
  for (
    const [what, stored, expected] of [
      ["text as it is", "sk-plain", "sk-plain"],
      ["text that only looks like JSON", "{sk-plain", "{sk-plain"],
      ["a field named like the key", '{"ACME_API_KEY":"sk-name","value":"no"}', "sk-name"],
      ["the field value", '{"value":"sk-value","api_key":"no","other":1}', "sk-value"],
      ["the field api_key", '{"api_key":"sk-field","url":"https://acme.example"}', "sk-field"],
      ["bytes", new TextEncoder().encode("sk-bytes"), "sk-bytes"],
    ] as const
  ) {
    it(`takes ${what}`, async () => {
      aws.secrets.set(`p/${NAME}`, stored);
      assert.equal(await read({ prefix: "p/" }), expected);
      assert.equal(aws.server.requests.at(-1)?.body, `{"SecretId":"p/${NAME}"}`);
    });
  }

  it("takes every key from one secret when there is a secretId", async () => {
    aws.secrets.set("loom", '{"ACME_API_KEY":"sk-one","OTHER_API_KEY":"sk-two","N":1}');
    assert.equal(await read({ secretId: "loom" }), "sk-one");
    assert.equal(await read({ secretId: "loom" }, "OTHER_API_KEY"), "sk-two");
    assert.equal(await read({ secretId: "loom" }, "NONE"), undefined);
    assert.equal(await read({ secretId: "loom" }, "__proto__"), undefined);
    await failureOf(read({ secretId: "loom" }, "N"), "invalid-reply");
    assert.equal(await read({ secretId: "absent" }), undefined);
  });

  for (
    const [what, given, stored, code, message] of [
      [
        "JSON without a fitting field",
        {},
        '{"password":"sk-hidden"}',
        "invalid-reply",
        /without a field ACME_API_KEY, value or api_key/,
      ],
      ["one secret that is no JSON", { secretId: NAME }, "sk-hidden", "invalid-reply", /no JSON object/],
      ["bytes that are no text", {}, new Uint8Array([0xff, 0xfe]), "invalid-reply", /no UTF-8/],
      ["half an answer", {}, "garbage", "provider-failed", /SyntaxError$/],
      [
        "a refusal",
        {},
        { type: "AccessDeniedException", status: 400, message: "User: x is not authorized" },
        "permission-denied",
        /reading ACME_API_KEY: AccessDeniedException: User: x is not authorized/,
      ],
      [
        "a secret about to be deleted",
        {},
        { type: "InvalidRequestException", status: 400, message: "marked for deletion" },
        "provider-failed",
        /InvalidRequestException: marked for deletion/,
      ],
      [
        "a key that cannot be decrypted",
        {},
        { type: "DecryptionFailure", status: 400, message: "KMS" },
        "permission-denied",
        /DecryptionFailure/,
      ],
      [
        "a type with its namespace",
        {},
        { type: "com.amazonaws.secretsmanager#ThrottlingException", status: 400, message: "slow" },
        "rate-limited",
        /ThrottlingException: slow/,
      ],
    ] as const
  ) {
    it(`says what is wrong with ${what}`, async () => {
      aws.secrets.set(NAME, stored);
      const error = await failureOf(read(given), code);
      assert.match(error.message, message);
      assert.doesNotMatch(`${error.message} ${error.stack}`, /sk-h/);
      assert.equal(error.cause, undefined);
    });
  }

  it("tries a failing service twice, and no more", async () => {
    aws.secrets.set(NAME, { type: "InternalServiceError", status: 500, message: "oops" });
    const before = aws.server.requests.length;
    assert.match((await failureOf(read({}), "provider-failed")).message, /InternalServiceError/);
    assert.equal(aws.server.requests.length - before, 2);
  });

  it("says when the signature is wrong, without the key it was made with", async () => {
    const vault = await open({}, { ...variables, AWS_SECRET_ACCESS_KEY: "wrong-but-secret" });
    const error = await failureOf(vault.read(NAME, never()), "auth-rejected");
    assert.match(error.message, /InvalidSignatureException/);
    assert.doesNotMatch(`${error.message} ${error.stack}`, /wrong-but-secret/);
    await vault.close?.();
  });

  it("says when nobody listens", async () => {
    const server = await serve(() => {});
    await server.close();
    const error = await failureOf(read({ endpoint: server.url }), "connection-failed");
    assert.match(error.message, /ECONNREFUSED/);
  });

  it("takes the region from the option, or from AWS_DEFAULT_REGION", async () => {
    aws.secrets.set(NAME, "sk-region");
    const { AWS_REGION: _, ...regionless } = variables;
    for (const [given, more] of [[{ region }, {}], [{}, { AWS_DEFAULT_REGION: region }]] as const) {
      const vault = await open(given, { ...regionless, ...more });
      assert.equal(await vault.read(NAME, never()), "sk-region");
      await vault.close?.();
    }
  });

  it("takes credentials and region of a profile from the shared files", async () => {
    await using folder = await folderOf({
      config: `[profile loom]\nregion = ${region}\n`,
      credentials:
        `[loom]\naws_access_key_id = ${access.accessKeyId}\naws_secret_access_key = ${access.secretAccessKey}\n` +
        `aws_session_token = ${access.sessionToken}\n`,
    });
    process.env["AWS_CONFIG_FILE"] = folder.file("config");
    process.env["AWS_SHARED_CREDENTIALS_FILE"] = folder.file("credentials");
    aws.secrets.set(NAME, "sk-profile");
    for (const [given, variable] of [[{ profile: "loom" }, undefined], [{}, "loom"]] as const) {
      const vault = await open(given, { AWS_PROFILE: variable });
      assert.equal(await vault.read(NAME, never()), "sk-profile");
      await vault.close?.();
    }
    const vault = await open({ profile: "other" }, {});
    assert.match((await failureOf(vault.read(NAME, never()), "config-invalid")).message, /set vault\.region/);
    await vault.close?.();
    const stranger = await open({ profile: "other", region }, {});
    assert.match(
      (await failureOf(stranger.read(NAME, never()), "auth-rejected")).message,
      /CredentialsProviderError/,
    );
    await stranger.close?.();
  });

  it("refuses options that contradict each other or are misspelt", () => {
    assert.deepEqual(complaintsOf(plugin, { prefix: "a", secretId: "b" }), [
      "prefix: (a secret for each key) and secretId (one secret for all) exclude each other; give one",
    ]);
    assert.match(complaintsOf(plugin, { regoin: "x" }).join(), /regoin/);
    assert.match(complaintsOf(plugin, { region: "EU 1" }).join(), /must be a region/);
  });
});
