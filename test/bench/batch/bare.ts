/** The yardstick of the batch bench: asks so many prompts with undici, so many at a time, and keeps nothing. */

import process from "node:process";
import { Agent, request } from "undici";

const [origin = "", rows = "0", workers = "64"] = process.argv.slice(2);
const dispatcher = new Agent({ connections: 256 });
let next = 0;

async function work(): Promise<void> {
  while (next < Number(rows)) {
    const index = next++;
    const { body } = await request(`${origin}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer bench" },
      body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: promptOf(index) }] }),
      dispatcher,
    });
    const answer = await body.json() as { readonly choices: readonly { readonly message: unknown }[] };
    if (answer.choices[0] === undefined) throw new Error("no answer");
  }
}

/** As in the dataset that `run.ts` writes. */
export function promptOf(index: number): string {
  return `Classify complaint number ${index}: the parcel came late and its box was open.`;
}

if (process.argv[1]?.endsWith("bare.ts")) {
  await Promise.all(Array.from({ length: Number(workers) }, work));
  process.exit(0);
}
