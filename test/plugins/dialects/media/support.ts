/** What the tests of this dialect share: codecs of the bundled vendors, calls, and forms taken apart. */

import type { Call, Modality } from "../../../../src/contract/call.ts";
import type { Codec, WireReplyHead, WireRequest } from "../../../../src/contract/dialect.ts";
import type { Dialect } from "../../../../src/contract/dialect.ts";
import type { Manifest } from "../../../../src/contract/manifest.ts";
import type { Params } from "../../../../src/contract/message.ts";
import type { Attempting } from "../../../../src/contract/context.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import plugin from "../../../../plugins/dialects/media/index.ts";
import { parse } from "yaml";
import { readFile } from "node:fs/promises";
import { parseManifest } from "../../../../src/discovery/manifest-schema.ts";

export const dialect: Dialect = await plugin.make(() => {
  throw new Error("the dialect asks for no service");
}, undefined);

const folder = new URL("../../../../plugins/providers/", import.meta.url);
const described = "bfl fireworks groq ideogram minimax mistral nvidia openai qwen seedream together xai zai"
  .split(" ");
const manifests = new Map<string, Manifest>();
for (const id of described) {
  const text = await readFile(new URL(`${id}.yaml`, folder), "utf8");
  manifests.set(id, parseManifest(id, parse(text), `${id}.yaml`));
}

/** A bundled manifest that describes media, with `change` laid over it. */
export function vendor(id: string, change: Partial<Manifest> = {}): Manifest {
  const found = manifests.get(id);
  if (found === undefined) throw new Error(`no media are described for ${id}`);
  return { ...found, ...change };
}

/** Ids of all vendors that describe media. */
export const vendors: readonly string[] = described;

export function codecOf(id: string): Codec {
  return dialect.codec(vendor(id));
}

/** What a test asks. */
export interface Asked extends Partial<Omit<Call, "modality" | "params">> {
  readonly modality: Modality;
  readonly params?: Params;
  /** The upstream model. */
  readonly model?: string;
}

export function contextOf(id: string, { model = "m-1", ...call }: Asked): Attempting {
  return fakeAttempting({
    call: { messages: [], ...call },
    target: { provider: id, model, upstreamModel: model },
  });
}

export function headOf(
  id: string,
  asked: Asked,
  status = 200,
  headers: WireReplyHead["headers"] = { "content-type": "application/json" },
): WireReplyHead {
  return { status, headers, ctx: contextOf(id, asked) };
}

export function encoded(id: string, asked: Asked): WireRequest {
  return codecOf(id).encode(contextOf(id, asked));
}

/** A body as a test compares it: JSON, or the fields of a form with its files as `filename type size`. */
export function bodyOf({ body, headers }: Pick<WireRequest, "body" | "headers">): unknown {
  if (typeof body === "string") return JSON.parse(body);
  if (body === undefined) return undefined;
  return formFields(body, headers?.["content-type"] ?? "");
}

/** The fields of a form, lists of one name joined to lists. */
export function formFields(bytes: Uint8Array, contentType: string): Record<string, unknown> {
  const boundary = /boundary=(?:"([^"]+)"|([^;]+))/.exec(contentType);
  const text = Buffer.from(bytes).toString("latin1");
  const found: Record<string, unknown> = {};
  for (const piece of text.split(`--${boundary?.[1] ?? boundary?.[2] ?? ""}`).slice(1, -1)) {
    const [head = "", ...rest] = piece.replace(/^\r\n/, "").split("\r\n\r\n");
    const content = rest.join("\r\n\r\n").replace(/\r\n$/, "");
    const name = /name="([^"]*)"/i.exec(head)?.[1] ?? "";
    const filename = /filename="([^"]*)"/i.exec(head)?.[1];
    const type = /content-type: *([^\r\n]*)/i.exec(head)?.[1];
    const value = filename === undefined
      ? Buffer.from(content, "latin1").toString("utf8")
      : `${filename} ${type} ${Buffer.from(content, "latin1").toString("base64")}`;
    const before = found[name];
    found[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
  }
  return found;
}

/** A PNG's first bytes. */
export const png = { dataB64: "iVBORw0KGgoAAAANSUhEUg==", mimeType: "image/png" } as const;
export const wav = { dataB64: "UklGRiQAAABXQVZFZm10IA==", mimeType: "audio/wav" } as const;
