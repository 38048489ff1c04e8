/** A real Redis for tests: started on a free port, keeping nothing on disk, stopped and started again at will. */

import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import process from "node:process";

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Kills it as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  start(): Promise<void>;
  /** Stops and later continues it: it keeps its connections but answers nothing. */
  freeze(): void;
  thaw(): void;
}

/** How long a server may take to begin. */
const patienceMs = 10_000;

/** @throws Error, saying how to install it, when there is no redis-server on this machine */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  let server = await launch(port);
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill: () => ended(server, () => server.kill("SIGKILL")),
    start: async () => {
      server = await launch(port);
    },
    freeze: () => signal(server, "SIGSTOP"),
    thaw: () => signal(server, "SIGCONT"),
  };
}

function launch(port: number): Promise<ChildProcess> {
  const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const server = spawn("redis-server", options, { stdio: ["ignore", "pipe", "ignore"] });
  // A test run that breaks off leaves no server behind.
  const reap = () => void server.kill("SIGKILL");
  process.once("exit", reap);
  server.once("exit", () => process.off("exit", reap));
  return new Promise((resolve, reject) => {
    let said = "";
    const fail = (problem: string) => {
      clearTimeout(late);
      server.kill("SIGKILL");
      reject(new Error(problem));
    };
    const late = setTimeout(
      () => fail(`redis-server did not start within ${patienceMs} ms:\n${said}`),
      patienceMs,
    );
    server.on("error", (error: Error & { code?: string }) =>
      fail(
        error.code === "ENOENT"
          ? "these tests need redis-server; install it with: apt-get install redis-server"
          : `redis-server would not start: ${error.message}`,
      ));
    const early = (code: number | null) => fail(`redis-server ended at once with code ${code}:\n${said}`);
    server.on("exit", early);
    server.stdout?.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4000);
      if (!said.includes("Ready to accept connections")) return;
      clearTimeout(late);
      server.off("exit", early);
      resolve(server);
    });
  });
}

function ended(server: ChildProcess, end: () => void): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.once("exit", () => resolve());
    end();
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === "string") reject(new Error("no free port"));
        else resolve(address.port);
      });
    });
  });
}

/** By process id: on Deno a child's own `kill` does nothing after the first. */
function signal(server: ChildProcess, name: "SIGSTOP" | "SIGCONT"): void {
  if (server.pid !== undefined) process.kill(server.pid, name);
}
