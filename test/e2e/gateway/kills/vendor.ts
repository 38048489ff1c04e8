/** The vendor that can be killed, seen from outside: its books, kept through its deaths. */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";
import process from "node:process";
import { folderOf } from "../../../support/folder.ts";
import { until } from "../../../support/server.ts";
import { nanoUsdOf } from "./prices.ts";

export interface MortalVendor {
  readonly url: string;
  /** How often each request came. */
  readonly asked: ReadonlyMap<string, number>;
  /** What all that it said costs. */
  readonly nanoUsd: number;
  /** Requests that it has not answered yet. */
  readonly open: number;
  readonly connections: number;
  /** It dies by SIGKILL when it has been asked so many times more. */
  dieAfter(requests: number): Promise<void>;
  readonly alive: boolean;
  /** Starts it again on its port. */
  revive(): Promise<void>;
  close(): Promise<void>;
}

const program = new URL("./vendor-program.ts", import.meta.url).pathname;

export async function startVendor(name: string): Promise<MortalVendor> {
  const folder = await folderOf();
  const file = folder.file("book");
  const book = openSync(file, "a+");
  const chunk = Buffer.alloc(65_536);
  const asked = new Map<string, number>();
  /** What each answer under way has come to. */
  const saidTo = new Map<string, number>();
  let rest = "";
  let [nanoUsd, open, connections, port, alive] = [0, 0, 0, 0, false];
  let child: ChildProcess;

  const notes: Readonly<Record<string, (first: string, second: string, third: string) => void>> = {
    port(given) {
      port = Number(given);
      alive = true;
    },
    asked(id) {
      asked.set(id, (asked.get(id) ?? 0) + 1);
      open++;
    },
    open: (count) => void (open = Number(count)),
    said: (id, tokens, how) => {
      const before = saidTo.get(id) ?? 0;
      nanoUsd += nanoUsdOf(Number(tokens)) - before;
      saidTo.set(id, nanoUsdOf(Number(tokens)));
      // The next request of this name is another one.
      if (how === "all") saidTo.delete(id);
    },
    connected: () => void connections++,
    parted: () => void connections--,
  };

  /** What it has written since the last look. */
  function read(): void {
    for (;;) {
      const length = readSync(book, chunk);
      if (length === 0) break;
      rest += chunk.toString("latin1", 0, length);
    }
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [what = "", first = "", second = "", third = ""] = line.split(" ");
      const write = notes[what];
      assert.ok(write, `the vendor ${name} wrote ${JSON.stringify(line)}`);
      write(first, second, third);
    }
  }

  async function launch(): Promise<void> {
    const flags = "deno" in process.versions ? ["run", "-A", "--no-check"] : ["--import", "tsx"];
    child = spawn(process.execPath, [...flags, program, name, String(port), file], { stdio: "inherit" });
    const reap = () => void child.kill("SIGKILL");
    process.once("exit", reap);
    child.once("exit", () => {
      process.off("exit", reap);
      read();
      saidTo.clear();
      [open, connections, alive] = [0, 0, false];
    });
    await until(`the vendor ${name} stands`, () => (read(), alive), 15_000);
  }

  await launch();
  return {
    url: `http://127.0.0.1:${port}`,
    get asked() {
      read();
      return asked;
    },
    get nanoUsd() {
      read();
      return nanoUsd;
    },
    get open() {
      read();
      return open;
    },
    get connections() {
      read();
      return connections;
    },
    get alive() {
      return alive;
    },
    dieAfter: async (requests) => {
      const response = await fetch(`http://127.0.0.1:${port}/die/${requests}`, {
        headers: { connection: "close" },
      });
      await response.text();
    },
    revive: launch,
    async close() {
      if (alive && child.pid !== undefined) process.kill(child.pid, "SIGKILL");
      await until(`the vendor ${name} is gone`, () => !alive, 5_000);
      closeSync(book);
      await folder[Symbol.asyncDispose]();
    },
  };
}
