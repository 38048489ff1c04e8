/** Generates the JSON schema of the gateway's configuration file, for editors. */

import { gatewayJsonSchema } from "../../src/gateway/config/json-schema.ts";

/** Relative path -> content. */
export async function generateGatewaySchema(): Promise<Record<string, string>> {
  return { "docs/gateway.schema.json": `${JSON.stringify(gatewayJsonSchema(), null, 2)}\n` };
}
