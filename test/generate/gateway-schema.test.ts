import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { generateGatewaySchema } from "./gateway-schema.ts";

test("docs/gateway.schema.json is what the schema gives (else: npm run generate)", async () => {
  for (const [path, content] of Object.entries(await generateGatewaySchema())) {
    const written = await readFile(new URL(`../../${path}`, import.meta.url), "utf8");
    assert.equal(written, content, `${path} is stale; run npm run generate`);
  }
});

test("docs/gateway.schema.json knows the blocks, and lets variables stand for numbers", async () => {
  const schema = JSON.parse(Object.values(await generateGatewaySchema())[0] ?? "");
  const { properties, additionalProperties } = schema.properties.ai_gateway;
  assert.equal(additionalProperties, false);
  assert.ok(["providers", "routing", "model_mapping", "keys", "server"].every((name) => name in properties));
  const [, definition] = properties.server.properties.port["$ref"].split("#/$defs/");
  const port = schema["$defs"][definition];
  assert.deepEqual(port.anyOf.map((one: { readonly type: string }) => one.type), ["integer", "string"]);
});
