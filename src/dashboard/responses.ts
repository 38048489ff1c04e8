/** Answers with the headers that keep a page and its data where they belong. */

import type { LoomErrorLike } from "../contract/errors.ts";
import type { Asset } from "./assets.ts";

/** Nothing inline, nothing from elsewhere, in nobody's frame; text never becomes markup. */
const policy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const everywhere = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** What is `undefined` is left out. */
export function jsonResponse(
  value: object,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { ...everywhere, "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}

export function faultResponse({ code, message, data, status }: LoomErrorLike): Response {
  const { path } = data as { readonly path?: string };
  const shown = { error: { code, message, ...(path === undefined ? {} : { path }) } };
  const told = status >= 400 && status < 600 ? status : 500;
  return jsonResponse(shown, told, told === 405 ? { allow: "GET" } : {});
}

/** Kept by the browser, and asked for anew each time: what has not changed is not sent again. */
export function pageResponse({ type, bytes, tag }: Asset, request: Request): Response {
  const headers = { ...everywhere, "content-type": type, "cache-control": "no-cache", etag: tag };
  if (request.headers.get("if-none-match") === tag) return new Response(null, { status: 304, headers });
  return new Response(request.method === "HEAD" ? null : bytes as BodyInit, { headers });
}

export function eventStream(body: ReadableStream<Uint8Array>): Response {
  return new Response(body, {
    headers: {
      ...everywhere,
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    },
  });
}

export function redirect(to: string): Response {
  return new Response(null, { status: 308, headers: { ...everywhere, location: to } });
}
