/** A host of `Deno.serve`, as docs/dashboard.md shows it; says its address, and ends with its standard input. */

import process from "node:process";
import { createDashboard } from "../../../src/gateway.ts";
import { recorded } from "./host.ts";
import { madeCalls } from "./made-calls.ts";

interface DenoServe {
  serve(
    options: { readonly port: number; onListen(address: { readonly port: number }): void },
    handler: (request: Request) => Promise<Response>,
  ): { shutdown(): Promise<void> };
}

const { Deno: deno } = globalThis as unknown as { readonly Deno: DenoServe };
const { loom, write } = await recorded();
write(...madeCalls(20, Date.now(), 60_000));
const dashboard = createDashboard({ loom, basePath: "/ops" });
const onListen = ({ port }: { readonly port: number }) => console.log(`http://127.0.0.1:${port}/ops/`);
const server = deno.serve({ port: 0, onListen }, dashboard.fetch);
process.stdin.on("end", async () => {
  dashboard.close();
  await server.shutdown();
  await loom.close();
}).resume();
