/** Reads a metrics page as Prometheus would, and has promtool judge it. */

import { spawn } from "node:child_process";

/** Lines of the page: `name{labels}` -> value. */
export function samples(page: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const line of page.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const end = line.lastIndexOf(" ");
    const [name, value] = [line.slice(0, end), Number(line.slice(end + 1))];
    if (found.has(name)) throw new Error(`the page has ${name} twice`);
    found.set(name, value);
  }
  return found;
}

/**
 * What `promtool check metrics` says to a page; nothing when all is well.
 *
 * @throws Error, saying how to install it, when there is no promtool on this machine
 */
export function promtool(page: string): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn("promtool", ["check", "metrics"], { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => said += text);
  }
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
    child.on("error", (error: Error & { code?: string }) => {
      clearTimeout(late);
      reject(
        error.code === "ENOENT"
          ? new Error("these tests need promtool; install it with: apt-get install prometheus")
          : error,
      );
    });
    child.on("close", (code) => {
      clearTimeout(late);
      resolve({ code, said });
    });
    // A promtool that ends early has said why; that the rest of the page finds no reader is no news.
    child.stdin.on("error", () => {});
    child.stdin.end(page);
  });
}
