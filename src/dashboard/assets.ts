/** The files of the page: its own, which are part of the program, and those of the chart library. */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { loomError } from "../errors/index.ts";
import { files } from "./page/_index.ts";

export interface Asset {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** For `etag`: another text has another one. */
  readonly tag: string;
}

/** What is served of installed packages. */
const vendored: Readonly<Record<string, string>> = {
  "vendor/uplot.js": "uplot/dist/uPlot.iife.min.js",
  "vendor/uplot.css": "uplot/dist/uPlot.min.css",
};

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

const made = new Map<string, Asset>();

/** `undefined`: there is no such file. @throws LoomError `file-unreadable`, when the chart library is not installed */
export async function assetAt(place: string): Promise<Asset | undefined> {
  const name = place === "" ? "index.html" : place;
  const known = made.get(name);
  if (known !== undefined) return known;
  const bytes = Object.hasOwn(files, name)
    ? new TextEncoder().encode(files[name])
    : Object.hasOwn(vendored, name)
    ? await installed(vendored[name] ?? "")
    : undefined;
  if (bytes === undefined) return undefined;
  const type = types[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  const tag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
  const asset = { type, bytes, tag };
  made.set(name, asset);
  return asset;
}

async function installed(specifier: string): Promise<Uint8Array> {
  try {
    return await readFile(createRequire(import.meta.url).resolve(specifier));
  } catch (cause) {
    const message = `${specifier} cannot be read; is loom-router installed with its dependencies?`;
    throw loomError("file-unreadable", message, { file: specifier }, { status: 404, cause });
  }
}
