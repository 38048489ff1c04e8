/** The loads of the gateway's bench: what is asked, how often, and what comes of it. */

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { otherCore, type Subject } from "./subject.ts";

/** Of each round; its connections are new, and do not count until then. */
const warmSeconds = 2;

export interface Load {
  readonly name: string;
  /** Which vendor answers: one that gives small bodies and paced streams, or large ones. */
  readonly upstream: "small" | "large";
  readonly connections: number;
  /** Requests a second; 0: as fast as it goes. */
  readonly rate: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** Default `/v1/chat/completions`. */
  readonly path?: string;
  /** CPU is counted per request, or per streamed piece. */
  readonly per: "requests" | "pieces";
}

export interface LoadResult {
  readonly requests: number;
  readonly failures: number;
  readonly pieces: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly firstP50Us: number;
  readonly firstP99Us: number;
  /** CPU of the subject, per request or per piece. */
  readonly cpuUs: number;
}

/** Runs a load against a subject. @param headers what this subject wants to be told beside the body */
export async function apply(
  load: Load,
  subject: Subject,
  headers: Readonly<Record<string, string>>,
  program: string,
  folder: string,
  seconds: number,
): Promise<LoadResult> {
  const body = JSON.stringify(load.body);
  const lines = [
    `POST ${load.path ?? "/v1/chat/completions"} HTTP/1.1`,
    "host: 127.0.0.1",
    "content-type: application/json",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  const file = join(folder, "request");
  writeFileSync(file, `${lines.join("\r\n")}\r\n\r\n${body}`);
  const args = [subject.port, load.connections, warmSeconds, seconds, load.rate, file].map(String);
  const child = spawn("taskset", ["-c", otherCore, program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let before = 0;
  let last = "";
  for await (const line of createInterface(child.stdout)) {
    if (line === "warm") before = subject.cpuUs();
    else last = line;
  }
  const used = subject.cpuUs() - before;
  const result = JSON.parse(last) as Omit<LoadResult, "cpuUs">;
  if (result.requests === 0 || result.failures > 0) {
    throw new Error(
      `${subject.name}, ${load.name}: ${result.failures} of ${result.requests} requests failed`,
    );
  }
  return { ...result, cpuUs: used / result[load.per] };
}

const text = (length: number) =>
  "The quick brown fox jumps over the lazy dog. ".repeat(Math.ceil(length / 45)).slice(0, length);
const chat = (length: number, more: Readonly<Record<string, unknown>> = {}) => ({
  model: "gpt-4o-mini",
  messages: [{ role: "system", content: "You are brief." }, {
    role: "user",
    content: `@@@@@@@@ ${text(length)}`,
  }],
  temperature: 0.2,
  ...more,
});

export const loads: readonly Load[] = [
  { name: "2 kB", upstream: "small", connections: 64, rate: 0, body: chat(1_900), per: "requests" },
  { name: "50 kB", upstream: "large", connections: 64, rate: 0, body: chat(50_000), per: "requests" },
  {
    name: "paced stream",
    upstream: "small",
    connections: 64,
    rate: 0,
    body: chat(1_900, { stream: true }),
    per: "pieces",
  },
  { name: "300 a second", upstream: "small", connections: 64, rate: 300, body: chat(1_900), per: "requests" },
];
