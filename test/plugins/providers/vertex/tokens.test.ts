/** Tokens of a service account: a token endpoint of our own believes only assertions that the account's key signed. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createVerify, generateKeyPairSync } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { openCredentials } from "../../../../plugins/providers/vertex/credentials.ts";
import { tokenSource } from "../../../../plugins/providers/vertex/tokens.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { fakeClock } from "../../../../src/testing/fake-clock.ts";
import { type Folder, folderOf } from "../../../support/folder.ts";
import { type Arrived, serve, type TestServer } from "../../../support/server.ts";

const email = "loom@p1.iam.gserviceaccount.com";
const { publicKey, privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const stranger = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

let server: TestServer;
let folder: Folder;
let issued = 0;
let lifeSeconds = 3600;
before(async () => {
  folder = await folderOf();
  server = await serve(answerToken);
});
after(async () => {
  await server.close();
  await folder[Symbol.asyncDispose]();
});

/** RFC 7523, section 3, as Google's endpoint does it. */
function answerToken({ body, response }: Arrived): void {
  const form = new URLSearchParams(body);
  const [head = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".");
  const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  const genuine = form.get("grant_type") === "urn:ietf:params:oauth:grant-type:jwt-bearer" &&
    decode(head).alg === "RS256" &&
    createVerify("RSA-SHA256").update(`${head}.${claims}`).verify(publicKey, signature, "base64url");
  const { iss, aud, scope, iat, exp } = decode(claims);
  const fits = iss === email && aud === "https://oauth2.googleapis.com/token" && exp - iat <= 3600 &&
    scope === "https://www.googleapis.com/auth/cloud-platform";
  response.writeHead(genuine && fits ? 200 : 400, { "content-type": "application/json" });
  response.end(JSON.stringify(
    genuine && fits
      ? { access_token: `token-${++issued}`, expires_in: lifeSeconds, token_type: "Bearer" }
      : { error: "invalid_grant", error_description: "Invalid JWT Signature." },
  ));
}

/** Sends what is meant for Google's token endpoint to ours. */
const toOurs: typeof fetch = (input, init) => {
  const url = String(input instanceof Request ? input.url : input);
  assert.equal(url, "https://oauth2.googleapis.com/token");
  return fetch(server.url, init);
};

async function source(key: string, clock = fakeClock(), quotaProject?: string) {
  const file = await folder.write(
    "account.json",
    JSON.stringify({
      type: "service_account",
      project_id: "p1",
      private_key_id: "k1",
      private_key: key,
      client_email: email,
      ...(quotaProject !== undefined && { quota_project_id: quotaProject }),
    }),
  );
  const credentials = await openCredentials({ file, fetch: toOurs });
  return { credentials, tokens: tokenSource(credentials, clock) };
}

const patient = new AbortController().signal;

describe("an access token", () => {
  it("is had for an assertion signed with RS256, once for many callers, and kept until a minute before its end", async () => {
    const clock = fakeClock(Date.now());
    const { tokens, credentials } = await source(privateKey, clock, "payer");
    const before = server.requests.length;
    const first = await Promise.all(Array.from({ length: 20 }, () => tokens.headers(patient)));
    assert.equal(server.requests.length, before + 1);
    for (const headers of first) {
      assert.deepEqual(headers, { authorization: `Bearer token-${issued}`, "x-goog-user-project": "payer" });
    }
    assert.ok(!(tokens.headers(patient) instanceof Promise), "a fresh token is there at once");
    const client = await credentials.client();
    await clock.advance(3_500_000);
    assert.ok(!(tokens.headers(patient) instanceof Promise), "100 s before its end it is used");
    await clock.advance(60_000);
    // The library goes by the real clock; for it, the token ends now.
    client.credentials.expiry_date = Date.now();
    assert.deepEqual(await tokens.headers(patient), {
      authorization: `Bearer token-${issued}`,
      "x-goog-user-project": "payer",
    });
    assert.equal(server.requests.length, before + 2);
    assert.equal(await credentials.projectId(), "p1");
  });

  it("that lives less than a minute is asked for each time", async () => {
    lifeSeconds = 30;
    const { tokens } = await source(privateKey, fakeClock(Date.now()));
    const one = await tokens.headers(patient);
    assert.notDeepEqual(await tokens.headers(patient), one);
    lifeSeconds = 3600;
  });

  it("is refused for another key, with an error that holds neither key nor assertion", async () => {
    const { tokens } = await source(stranger.privateKey);
    const error = await failure(tokens.headers(patient));
    assert.equal(error.code, "auth-rejected");
    const printed = JSON.stringify([error, error.message, String(error.cause)]);
    const assertion = new URLSearchParams(server.requests.at(-1)?.body).get("assertion") ?? "";
    assert.ok(assertion.length > 100 && !printed.includes(assertion.slice(0, 60)));
    assert.ok(!printed.includes(stranger.privateKey.slice(60, 120)));
  });

  it("is not waited for by a caller who leaves, and the next ones still get it", async () => {
    const { tokens } = await source(privateKey, fakeClock(Date.now()));
    const leaving = new AbortController();
    const gone = tokens.headers(leaving.signal) as Promise<unknown>;
    leaving.abort(new Error("gone"));
    await assert.rejects(gone, /gone/);
    assert.match((await tokens.headers(patient))["authorization"] ?? "", /^Bearer token-/);
  });

  it("that does not come in time fails, and is asked for anew", async () => {
    const clock = fakeClock();
    let asked = 0;
    const tokens = tokenSource({
      client: () => {
        asked++;
        return new Promise(() => {});
      },
      projectId: () => Promise.resolve("p1"),
    }, clock);
    for (const round of [1, 2]) {
      const failing = failure(tokens.headers(patient));
      await clock.advance(30_000);
      assert.equal((await failing).code, "connection-failed");
      assert.equal(asked, round);
    }
  });

  it("without a credentials file names the variable", async () => {
    const credentials = await openCredentials({ file: folder.file("none.json") });
    const error = await failure(tokenSource(credentials, fakeClock()).headers(patient));
    assert.equal(error.code, "key-missing");
    assert.match(error.message, /GOOGLE_APPLICATION_CREDENTIALS/);
  });
});

async function failure(promise: unknown): Promise<LoomError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof LoomError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "it did not fail" });
}
