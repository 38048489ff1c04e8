/** Fetches pictures, films and sounds that a vendor gave as addresses, so that results outlive the addresses. */

import type { Agent } from "undici";
import type { Attempting } from "../contract/context.ts";
import type { Part } from "../contract/part.ts";
import type { Clock, DownloadOptions } from "../contract/services.ts";
import { LoomError } from "../errors/index.ts";
import { BodyCollector } from "./body.ts";
import { guardedAgent, PrivateAddressError, type Resolve } from "./guarded-agent.ts";
import { announcedLength, contentType, foreignEncoding } from "./head.ts";
import { isPublicAddress } from "./public-address.ts";

const defaultMaxBytes = 64 * 1024 * 1024;
/** Most files of one answer, and most of them at a time. */
const maxFiles = 16;
const atATime = 4;
const maxRedirects = 3;
const connectMs = 10_000;
const longestMs = 120_000;
/** What is left of the call's time for the answer itself, when its files take too long. */
const spareMs = 250;

export interface Downloads {
  /**
   * The parts, with bytes for addresses. One that cannot be had keeps its address, and a warning says why.
   *
   * @throws LoomError when the call ends meanwhile
   */
  fill(ctx: Attempting, parts: readonly Part[]): Promise<readonly Part[]>;
  close(): Promise<void>;
}

type MediaPart = Extract<Part, { readonly type: "image" | "video" | "audio" }>;

export function createDownloads(clock: Clock, options: DownloadOptions = {}, resolve?: Resolve): Downloads {
  const { maxBytes = defaultMaxBytes, allowPrivate = false } = options;
  let agent: Promise<Agent> | undefined;

  async function fetched(ctx: Attempting, part: MediaPart): Promise<readonly Part[]> {
    const stop = new AbortController();
    const left = ctx.deadlineMs - clock.monotonic() - spareMs;
    const timeoutMs = Math.max(1, Math.min(longestMs, left));
    const off = ctx.cancellation.onCancel((reason) => stop.abort(reason));
    const stopTimer = clock.after(
      timeoutMs,
      () => stop.abort(new Error(`it took longer than ${timeoutMs} ms`)),
    );
    try {
      agent ??= guardedAgent({ connectMs, allowPrivate, ...(resolve !== undefined && { resolve }) });
      const { bytes, type } = await get(await agent, new URL(part.url ?? ""), stop.signal, 0);
      const mimeType = part.mimeType ?? (/^(?:image|video|audio)\//.test(type) ? type : undefined);
      return [{ ...part, dataB64: bytes.toString("base64"), ...(mimeType !== undefined && { mimeType }) }];
    } catch (cause) {
      ctx.cancellation.throwIfCancelled();
      const why = stop.signal.aborted ? stop.signal.reason : cause;
      return [part, { type: "warning", code: "download-failed", message: sentence(part, why) }];
    } finally {
      off();
      stopTimer();
    }
  }

  async function get(
    by: Agent,
    url: URL,
    signal: AbortSignal,
    hops: number,
  ): Promise<{ readonly bytes: Buffer; readonly type: string }> {
    check(url);
    const { statusCode, headers, body } = await by.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: "GET",
      headers: { accept: "*/*", "user-agent": "loom-router" },
      signal,
    });
    const stream = body.on("error", () => {});
    const refuse = (why: string): Error => {
      stream.destroy();
      return new Error(why);
    };
    if (statusCode >= 300 && statusCode < 400 && typeof headers.location === "string") {
      stream.destroy();
      if (hops >= maxRedirects) throw new Error(`it was redirected more than ${maxRedirects} times`);
      if (!URL.canParse(headers.location, url.href)) throw new Error("it was redirected to no address");
      return await get(by, new URL(headers.location, url.href), signal, hops + 1);
    }
    if (statusCode !== 200) throw refuse(`the answer was ${statusCode}`);
    const type = contentType(headers).split(";")[0]?.trim() ?? "";
    if (foreignEncoding(headers) !== undefined) throw refuse("it came in an encoding that was not asked for");
    if (/^text\/html|^application\/(?:json|xml)$/.test(type)) throw refuse(`${type} came instead`);
    if (announcedLength(headers) > maxBytes) throw refuse(`it is larger than ${maxBytes} bytes`);
    const collected = new BodyCollector();
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      collected.add(chunk);
      if (collected.size > maxBytes) throw refuse(`it is larger than ${maxBytes} bytes`);
    }
    if (collected.size === 0) throw new Error("it is empty");
    const bytes = collected.bytes();
    return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), type };
  }

  function check({ protocol, hostname, username, password }: URL): void {
    const local = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
    if (protocol !== "https:" && !(protocol === "http:" && allowPrivate && local)) {
      throw new Error("its address is not https:");
    }
    if (username !== "" || password !== "") throw new Error("its address holds a password");
    const literal = hostname.startsWith("[") || /^\d+(?:\.\d+){3}$/.test(hostname);
    if (literal && !allowPrivate && !isPublicAddress(hostname)) {
      throw new PrivateAddressError("its address is not on the internet");
    }
  }

  return {
    async fill(ctx, parts) {
      const wanted = parts.filter((part): part is MediaPart => isWanted(part));
      if (wanted.length === 0) return parts;
      const came = new Map<Part, readonly Part[]>();
      for (const part of wanted.slice(maxFiles)) {
        const message = `${part.type}: only the first ${maxFiles} files of an answer are fetched`;
        came.set(part, [part, { type: "warning", code: "download-failed", message }]);
      }
      const waiting = wanted.slice(0, maxFiles);
      const worker = async () => {
        for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
          came.set(part, await fetched(ctx, part));
        }
      };
      await Promise.all(Array.from({ length: Math.min(atATime, waiting.length) }, worker));
      return parts.flatMap((part) => came.get(part) ?? [part]);
    },

    async close() {
      const made = agent;
      agent = undefined;
      if (made !== undefined) await (await made).destroy();
    },
  };
}

function isWanted(part: Part): boolean {
  if (part.type !== "image" && part.type !== "video" && part.type !== "audio") return false;
  return part.dataB64 === undefined && part.url !== undefined && URL.canParse(part.url);
}

/** Names the host alone: such addresses are signed, and whoever has them has the file. */
function sentence({ type, url = "" }: MediaPart, cause: unknown): string {
  return `${type}: it could not be fetched from ${new URL(url).host}: ${reasonOf(cause)}`;
}

/** The last cause knows best; undici wraps what a connector says. */
function reasonOf(cause: unknown): string {
  if (LoomError.is(cause)) return cause.code;
  if (!(cause instanceof Error)) return "no reason was given";
  if (cause.cause instanceof Error) return reasonOf(cause.cause);
  const { code } = cause as { readonly code?: unknown };
  return typeof code === "string" && code !== "UND_ERR" ? code : cause.message;
}
