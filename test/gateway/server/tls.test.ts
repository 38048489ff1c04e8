/** TLS by option: served with a certificate, and a certificate that cannot be read named at the start. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createGateway } from "../../../src/gateway.ts";
import { LoomError } from "../../../src/index.ts";
import { bareLoom } from "../../support/looms.ts";

/** Made for these tests alone: localhost, for a hundred years. */
const certFile = fileURLToPath(new URL("tls/cert.pem", import.meta.url));
const keyFile = fileURLToPath(new URL("tls/key.pem", import.meta.url));

function get(url: string): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca: readFileSync(certFile), agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (more: string) => text += more);
      response.on("end", () => resolve({ status: response.statusCode, text }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

describe("TLS", () => {
  test("is spoken with the given certificate, and nothing else on that port", async () => {
    await using loom = bareLoom();
    const gateway = createGateway(loom, { server: { tls: { certFile, keyFile } } });
    try {
      const { url, port } = await gateway.listen({ port: 0 });
      assert.equal(url, `https://127.0.0.1:${port}`);
      const { status, text } = await get(`https://localhost:${port}/v1/models/sandbox-small`);
      assert.equal(status, 200);
      assert.equal(JSON.parse(text).id, "sandbox-small");
      await assert.rejects(fetch(`http://127.0.0.1:${port}/v1/models`));
    } finally {
      await gateway.close();
    }
  });

  for (const field of ["cert", "key"] as const) {
    test(`names a ${field} that cannot be read`, async () => {
      await using loom = bareLoom();
      const tls = { certFile, keyFile, [`${field}File`]: "/nowhere.pem" };
      const gateway = createGateway(loom, { server: { tls } });
      await assert.rejects(
        gateway.listen({ port: 0 }),
        (error) => LoomError.is(error, "config-invalid") && error.message.startsWith(`server.tls.${field}: `),
      );
      await gateway.close();
    });
  }

  test("with files that are no certificate is refused at the start", async () => {
    await using loom = bareLoom();
    const tls = { certFile: fileURLToPath(import.meta.url), keyFile };
    const gateway = createGateway(loom, { server: { tls } });
    await assert.rejects(
      gateway.listen({ port: 0 }),
      (error) => LoomError.is(error, "config-invalid") && /server\.tls/.test(error.message),
    );
    await gateway.close();
  });
});
