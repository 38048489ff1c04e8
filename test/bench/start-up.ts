/** Measures start-up in fresh processes: importing a package, and getting a first answer. */

import { execFileSync } from "node:child_process";
import process from "node:process";
import { median } from "./measure.ts";

/** A module's code that reports `import` and `first answer` in milliseconds; `PORT` and `ENTRY` are replaced. */
const programs: Readonly<Record<string, string>> = {
  "loom-router": `
    const { Loom } = await import("ENTRY"); lap();
    const loom = new Loom({ apiKeys: { OPENAI_API_KEY: "x" }, providers: { openai: { baseUrl: "http://127.0.0.1:PORT/v1" } } });
    await loom.generate({ provider: "openai", model: "gpt-4o-mini", prompt: "hi" }); lap();
    await loom.close();`,
  "openai": `
    const { default: OpenAI } = await import("openai"); lap();
    const client = new OpenAI({ apiKey: "x", baseURL: "http://127.0.0.1:PORT/v1" });
    await client.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "user", content: "hi" }] }); lap();`,
  "ai + @ai-sdk/openai": `
    const [{ generateText }, { createOpenAI }] = await Promise.all([import("ai"), import("@ai-sdk/openai")]); lap();
    const model = createOpenAI({ apiKey: "x", baseURL: "http://127.0.0.1:PORT/v1" }).chat("gpt-4o-mini");
    await generateText({ model, prompt: "hi" }); lap();`,
};

export interface StartUp {
  readonly name: string;
  readonly importMs: number;
  readonly firstAnswerMs: number;
}

/** Medians over `rounds` processes each. @param entry file URL of the built package */
export function startUp(port: number, entry: string, rounds: number): readonly StartUp[] {
  return Object.entries(programs).map(([name, code]) => {
    const source =
      `const from = performance.now(); const laps = []; const lap = () => laps.push(performance.now() - from);
      ${code.replaceAll("PORT", String(port)).replaceAll("ENTRY", entry)}
      console.log(JSON.stringify(laps)); process.exit(0);`;
    const laps = Array.from({ length: rounds }, () => {
      const output = execFileSync(process.execPath, ["--input-type=module", "--eval", source], {
        encoding: "utf8",
      });
      return JSON.parse(output) as [number, number];
    });
    return {
      name,
      importMs: median(laps.map(([importMs]) => importMs)),
      firstAnswerMs: median(laps.map(([, firstAnswerMs]) => firstAnswerMs)),
    };
  });
}
