/** The stand-in for GCP Secret Manager, proven with Google's own client before the plugin is. */

import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { GoogleAuth } from "google-auth-library";
import { type Folder, folderOf } from "../../../support/folder.ts";
import { type GcpStandIn, startGcp } from "../support/gcp-stand-in.ts";

const name = "projects/loom-project/secrets/key/versions/latest";

let gcp: GcpStandIn;
let folder: Folder;
before(async () => {
  gcp = await startGcp();
  folder = await folderOf();
  gcp.secrets.set(name, { bytes: new TextEncoder().encode("123456789"), crc32c: "3808858755" });
});
after(async () => {
  await gcp.close();
  await folder[Symbol.asyncDispose]();
});

/** Google's search for credentials begins with this variable of the process. */
async function use(credentials: Readonly<Record<string, unknown>>): Promise<void> {
  const file = await folder.write("credentials.json", JSON.stringify(credentials));
  process.env["GOOGLE_APPLICATION_CREDENTIALS"] = file;
}

async function clientWith(credentials: Readonly<Record<string, unknown>>) {
  await use(credentials);
  const { hostname, port } = new URL(gcp.url);
  const options = { fallback: true, protocol: "http", apiEndpoint: hostname, port: Number(port) };
  return new SecretManagerServiceClient(options);
}

describe("the stand-in for GCP", () => {
  it("gives Google's client what is stored, for a JWT that a service account signed", async () => {
    const sdk = await clientWith(gcp.serviceAccount);
    const [{ payload, name: found }] = await sdk.accessSecretVersion({ name });
    assert.equal(found, "projects/123456789012/secrets/key/versions/latest");
    assert.equal(String(payload?.data), "123456789");
    assert.equal(String(payload?.dataCrc32c), "3808858755");
    await assert.rejects(sdk.accessSecretVersion({ name: name.replace("key", "none") }), { code: 5 });
    await sdk.close();
  });

  it("refuses a service account whose key it does not know", async () => {
    const other = await startGcp();
    const sdk = await clientWith(other.serviceAccount);
    await assert.rejects(sdk.accessSecretVersion({ name }), { code: 16 });
    await sdk.close();
    await other.close();
  });

  it("exchanges another provider's token, when its signature is right", async () => {
    const forged = gcp.subjectToken.slice(0, -4) + "AAAA";
    const tokenFor = async (subject: string) => {
      await use(gcp.federated(await folder.write("subject.jwt", subject)));
      const auth = new GoogleAuth({
        projectId: "loom-project",
        scopes: "https://www.googleapis.com/auth/cloud-platform",
      });
      return await (await auth.getClient()).getAccessToken();
    };
    assert.equal((await tokenFor(gcp.subjectToken)).token, "ya29.loom-test-access-token");
    await assert.rejects(tokenFor(forged), /invalid_grant/);
  });

  it("refuses requests without a token", async () => {
    const reply = await fetch(`${gcp.url}/v1/${name}:access`);
    assert.equal(reply.status, 401);
    assert.equal((await reply.json()).error.status, "UNAUTHENTICATED");
  });
});
