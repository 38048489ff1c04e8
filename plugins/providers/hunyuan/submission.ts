/** The body that begins a job, with the params in Tencent's words. */

import { type Attempting, type Json, loomError, type MediaInput, type Notice } from "../../../src/plugin.ts";
import type { Service } from "./service.ts";

/** Portable name -> Tencent's. */
const names: Readonly<Record<string, string>> = {
  n: "Num",
  size: "Resolution",
  resolution: "Resolution",
  seed: "Seed",
  negative_prompt: "NegativePrompt",
  style: "Style",
};

/** What each service takes of these. */
const takes: Readonly<Record<Service["name"], ReadonlySet<string>>> = {
  hunyuan: new Set(["Num", "Resolution", "Seed", "NegativePrompt", "Style"]),
  aiart: new Set(["Resolution", "Seed"]),
  vclm: new Set(["Resolution"]),
};

/** @throws LoomError, when the call lacks a prompt or has pictures that the service does not take */
export function submission(
  ctx: Attempting,
  service: Service,
): { readonly body: Json; readonly notices: readonly Notice[] } {
  const { call, target } = ctx;
  const notices: Notice[] = [];
  if (call.prompt === undefined || call.prompt === "") throw invalid(ctx, "prompt", "a job needs a prompt");
  const body: Record<string, Json> = { Prompt: call.prompt };
  for (const [name, value] of Object.entries(target.params)) {
    if (value === undefined || name === "Prompt") continue;
    const field = names[name];
    if (field === undefined) body[name] = value;
    else if (target.params[field] !== undefined || (name === "n" && value === 1)) continue;
    else if (!takes[service.name].has(field)) {
      const message = `${target.model} does not take \`${name}\`; it was left out`;
      notices.push({ code: "param-dropped", message });
    } else body[field] = field === "Resolution" ? resolution(value) : value;
  }
  writeImages(ctx, service, call.images ?? [], body);
  return { body, notices };
}

/** `1024x768` is `1024:768` there; words such as `720p` stay. */
function resolution(value: Json): Json {
  return typeof value === "string" ? value.replace(/^(\d+)\s*[x*]\s*(\d+)$/i, "$1:$2") : value;
}

const most: Readonly<Record<Service["name"], number>> = { hunyuan: 1, aiart: 3, vclm: 1 };

function writeImages(
  ctx: Attempting,
  { name }: Service,
  images: readonly MediaInput[],
  body: Record<string, Json>,
): void {
  const [first] = images;
  if (first === undefined) return;
  if (images.length > most[name]) {
    throw invalid(ctx, "images", `${ctx.target.model} takes ${most[name]} picture(s), not ${images.length}`);
  }
  const given = images.map(({ url, dataB64 }, index) => {
    if ((url === undefined) !== (dataB64 === undefined)) return { url, dataB64 };
    throw invalid(ctx, `images[${index}]`, "a picture needs exactly one of `url` and `dataB64`");
  });
  const { url, dataB64 = "" } = given[0] as MediaInput;
  if (name === "aiart") body["Images"] = given.map((image) => image.url ?? image.dataB64 ?? "");
  else if (name === "vclm") body["Image"] = url === undefined ? { Base64: dataB64 } : { Url: url };
  else body["ContentImage"] = url === undefined ? { ImageBase64: dataB64 } : { ImageUrl: url };
}

function invalid({ target }: Attempting, path: string, what: string): Error {
  return loomError("invalid-request", `${path}: ${what}`, { path }, {
    provider: target.provider,
    model: target.model,
  });
}
