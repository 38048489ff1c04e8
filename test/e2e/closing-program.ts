/** A program that calls, caches in Redis, closes its Loom and says so: `<redis url> <vendor url>`. It must end by itself. */

import process from "node:process";
import { Loom } from "../../src/index.ts";

const [url, baseUrl] = process.argv.slice(2) as [string, string];
const loom = new Loom({
  cache: { type: "redis", url },
  providers: { openai: { baseUrl, apiKey: "sk-test" } },
  pluginFolder: false,
});
await loom.generate({ provider: "openai", model: "gpt-4o-mini", prompt: "One last thing." });
const answer = loom.stream({ provider: "openai", model: "gpt-4o-mini", prompt: "And another." });
for await (const _ of answer) break;
await loom.close();
console.log("closed");
