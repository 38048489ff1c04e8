/** A gateway that a test kills: it orders a batch of its own, and says its name as soon as two rows are asked. */

import process from "node:process";
import { createGateway } from "../../../src/gateway.ts";
import { bareLoom } from "../../support/looms.ts";
import { order, row } from "./rows.ts";
import { clientFor } from "./setup.ts";

const [dataFile = "", vendorUrl = "", provider = ""] = process.argv.slice(2);
const key = "red-key-0123456789abcdef";

async function main(): Promise<void> {
  const vendor = { baseUrl: vendorUrl, apiKey: "sk-1" };
  const loom = bareLoom({ limits: {}, providers: { openai: vendor, deepseek: vendor } });
  const keys = { list: [{ id: "red", key }] };
  const gateway = createGateway(loom, { dataFile, keys, batches: { concurrency: 2 } });
  const { url } = await gateway.listen({ port: 0 });
  const client = clientFor(url, key);
  await order(client, ["a", "b", "c", "d"].map((name) => row(name, provider, name)));
  console.log("ordered");
}

void main();
