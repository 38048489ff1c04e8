/** `loom run --sync` is killed again and again at random points, and loses no row, asks none in vain, and pays none twice. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import process from "node:process";
import { describe, it } from "node:test";
import { answer, csvOf, outputName, rowUsd } from "../../batch/live/live-run.ts";
import { folderOf } from "../../support/folder.ts";
import { serve, type TestServer } from "../../support/server.ts";
import { startLoom } from "./start-loom.ts";

const rows = 2_000;
// Deno starts more slowly, and what is killed is the same program.
const kills = "deno" in process.versions ? 12 : 52;
const workers = 8;
/** Of processes that are killed while they start. */
const longestStartMs = 400;

/** What arrived in one life of the process. */
interface Life {
  /** By prompt: whether the answer had left before the process was killed. */
  readonly asked: Map<string, boolean>;
}

interface Vendor extends TestServer {
  /** The first one is that of a run to the end. */
  readonly lives: readonly Life[];
  nextLife(): void;
  /** Settles when so many rows were asked in this life. */
  asked(count: number): Promise<void>;
}

async function vendor(): Promise<Vendor> {
  const lives: Life[] = [];
  let waiting: { readonly count: number; readonly tell: () => void } | undefined;
  const server = await serve(({ body, response }) => {
    const [, prompt = ""] = /"content":"(\w+)"/.exec(body) ?? [];
    const life = lives.at(-1);
    assert.ok(life !== undefined && !life.asked.has(prompt), `${prompt} was asked twice in one life`);
    life.asked.set(prompt, false);
    if (waiting !== undefined && life.asked.size >= waiting.count) waiting.tell();
    setTimeout(() => {
      life.asked.set(prompt, true);
      response.writeHead(200, { "content-type": "application/json" }).end(answer(`said ${prompt}`));
    }, 2);
  });
  return Object.assign(Object.create(server) as TestServer, {
    lives,
    nextLife: () => void lives.push({ asked: new Map() }),
    asked: (count: number) =>
      new Promise<void>((tell) => {
        waiting = { count, tell };
      }),
  });
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("loom run --sync, killed at random points", () => {
  it(`answers ${rows} rows once each, over ${kills} kills`, { timeout: 120_000 }, async (context) => {
    const prompts = Array.from({ length: rows }, (_, index) => `prompt${index}`);
    await using folder = await folderOf({ "rows.csv": csvOf(prompts), "one.csv": csvOf(["one"]) });
    const server = await vendor();
    const random = randomOf(Date.now());
    const start = (file = "rows.csv") => {
      server.nextLife();
      const asked = ["-f", file, "-c", "text", "-p", "openai", "-m", "gpt-4o-mini"];
      return startLoom(["run", ...asked, "--sync", "-w", `${workers}`, "--no-cache", "--json"], folder.path, {
        OPENAI_API_KEY: "k",
        OPENAI_BASE_URL: `${server.url}/v1`,
      });
    };
    // What it compiles stays, so that the others start in half the time; who is killed leaves nothing.
    assert.equal(await start("one.csv").ended, 0);
    for (let kill = 0; kill < kills; kill++) {
      const loom = start();
      // Most are killed among their rows, some while they start.
      const moment = random() < 0.85
        ? server.asked(1 + Math.floor(random() * rows / kills * 1.1))
        : new Promise((resolve) => setTimeout(resolve, random() * longestStartMs));
      await Promise.race([moment, loom.ended]);
      await new Promise((resolve) => setTimeout(resolve, random() * 6));
      assert.equal(
        loom.process.exitCode,
        null,
        `it ended before it was killed: ${loom.stderr}${loom.stdout}`,
      );
      loom.process.kill("SIGKILL");
      await loom.ended;
    }
    const last = start();
    assert.equal(await last.ended, 0, last.stderr);
    await server.close();

    const [, ...written] = (await readFile(folder.file(outputName), "utf8")).trimEnd().split("\n");
    assert.deepEqual(written, prompts.map((prompt, index) => `${index + 1},${prompt},said ${prompt}`));
    assert.deepEqual((await readdir(folder.path)).filter((name) => /^rows/.test(name)).sort(), [
      "rows.csv",
      outputName,
    ]);

    const again = server.lives.map(({ asked }, life) => lostIn(asked, server.lives.slice(life + 1)));
    const total = server.lives.reduce((sum, { asked }) => sum + asked.size, 0);
    const lost = again.reduce((sum, one) => sum + one, 0);
    context.diagnostic(
      `${kills} kills, ${total} requests for ${rows} rows, at most ${Math.max(...again)} lost by one kill`,
    );
    assert.equal(total, 1 + rows + lost);
    const { data } = JSON.parse(last.stdout.trimEnd().split("\n").at(-1) ?? "") as {
      readonly data: { readonly rows: number; readonly cost_usd: number };
    };
    assert.equal(data.rows, rows);
    assert.ok(Math.abs(data.cost_usd - rows * rowUsd) < 1e-9, `${data.cost_usd} USD`);
    for (const one of again) assert.ok(one <= workers, `one kill lost ${one} rows`);
  });
});

/** How many of the rows asked in one life were asked again later. */
function lostIn(asked: Life["asked"], later: readonly Life[]): number {
  return [...asked.keys()].filter((prompt) => later.some((life) => life.asked.has(prompt))).length;
}
