/** All recorded answers of all dialects, read from the fixtures beside each dialect's own tests. */

import { readdir, readFile } from "node:fs/promises";
import type { Modality } from "../../../../src/contract/call.ts";
import type { ServerSentEvent } from "../../../../src/contract/dialect.ts";
import type { Json } from "../../../../src/contract/json.ts";
import type { FakeContextOptions } from "../../../../src/testing/fake-context.ts";
import { sseSplitter } from "../../../../src/wire/sse.ts";
import * as anthropic from "../anthropic-messages/support.ts";
import * as bedrock from "../bedrock-converse/support.ts";
import * as cohere from "../cohere/support.ts";
import * as gemini from "../gemini/support.ts";
import * as media from "../media/support.ts";
import * as chat from "../openai-chat/support.ts";
import * as responses from "../openai-responses/support.ts";
import type { Sample } from "./sample.ts";

/** What the fixture files of most dialects may hold. */
interface File {
  readonly body?: Json;
  readonly events?: readonly Json[];
  readonly lines?: readonly string[];
  readonly chunks?: readonly Json[];
  readonly stream?: readonly Json[];
  readonly done?: boolean;
  readonly event?: string;
  readonly modality?: Modality;
  readonly service?: string;
  readonly model?: string;
  readonly input?: readonly string[];
  readonly manifest?: Parameters<typeof responses.codecOf>[0];
}

const folderOf = (dialect: string): URL => new URL(`../${dialect}/fixtures/`, import.meta.url);

async function filesOf<T = File>(dialect: string): Promise<readonly (readonly [string, T])[]> {
  const names = (await readdir(folderOf(dialect))).sort();
  return Promise.all(names.map(async (name) =>
    [
      name.replace(/\.json$/, ""),
      JSON.parse(await readFile(new URL(name, folderOf(dialect)), "utf8")) as T,
    ] as const
  ));
}

/** An event whose data name its type, as most vendors write it. */
function typed(data: Json): ServerSentEvent {
  return { event: (data as { readonly type?: string }).type ?? "", data: JSON.stringify(data) };
}

async function ofAnthropic(): Promise<readonly Sample[]> {
  return (await filesOf("anthropic-messages")).map(([name, { body, events, lines, event }]) => {
    const told = lines?.map((line) => JSON.parse(line) as Json) ?? events;
    const head = anthropic.headOf(told === undefined ? {} : { call: { stream: true } });
    const common = { dialect: "anthropic-messages", name, codec: anthropic.codec(), head };
    if (told === undefined) return { ...common, bodies: [body as Json] };
    return {
      ...common,
      events: told.map((data) => ({ ...typed(data), ...(event !== undefined && { event }) })),
    };
  });
}

async function ofBedrock(): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const [name, { body, events, modality = "text" }] of await filesOf("bedrock-converse")) {
    const head = bedrock.headOf(modality === "text" ? {} : { call: { modality, input: ["a"] } });
    const common = { dialect: "bedrock-converse", name, codec: bedrock.codec, head };
    if (body !== undefined) samples.push({ ...common, bodies: [body] });
    if (events === undefined) continue;
    samples.push({
      ...common,
      bytes: bedrock.frames(events as readonly object[]),
      events: events.map((entry) => {
        const [event = "", payload] = Object.entries(entry as object)[0] ?? [];
        return { event, data: JSON.stringify(payload) };
      }),
    });
  }
  return samples;
}

async function ofCohere(): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const [name, { body, events, modality = "text" }] of await filesOf("cohere")) {
    const head = cohere.headOf(modality === "text" ? {} : { call: { modality, input: ["a", "b"] } });
    const common = { dialect: "cohere", name, codec: cohere.codec, head };
    if (body !== undefined) samples.push({ ...common, bodies: [body] });
    if (events !== undefined) samples.push({ ...common, events: events.map(typed) });
  }
  return samples;
}

async function ofGemini(): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const [name, file] of await filesOf("gemini")) {
    const { body, chunks, modality, service, input, model = "gemini-2.5-flash" } = file;
    const asked: FakeContextOptions = {
      call: {
        stream: chunks !== undefined,
        ...(modality === undefined ? {} : { modality, messages: [], prompt: "a cat" }),
        ...(input === undefined ? {} : { input }),
      },
      target: { upstreamModel: model },
    };
    const codec = service === "vertex" ? gemini.vertexCodec : gemini.codec;
    const common = { dialect: "gemini", name, codec, head: gemini.headOf(asked) };
    if (body !== undefined) samples.push({ ...common, bodies: [body] });
    if (chunks !== undefined) {
      samples.push({
        ...common,
        events: chunks.map((chunk) => ({ event: "", data: JSON.stringify(chunk) })),
      });
    }
  }
  return samples;
}

async function ofResponses(): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const [name, { body, stream, manifest, done = false }] of await filesOf("openai-responses")) {
    const common = {
      dialect: "openai-responses",
      name,
      codec: responses.codecOf(manifest),
      head: responses.headOf(),
    };
    if (body !== undefined) samples.push({ ...common, bodies: [body] });
    if (stream === undefined) continue;
    const end: readonly ServerSentEvent[] = done ? [{ event: "", data: "[DONE]" }] : [];
    samples.push({ ...common, events: [...stream.map(typed), ...end] });
  }
  return samples;
}

interface Asked extends FakeContextOptions {
  readonly manifest: string;
}

async function ofChat(): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const name of (await readdir(folderOf("openai-chat"))).sort()) {
    const folder = new URL(`${name}/`, folderOf("openai-chat"));
    const files = new Set(await readdir(folder));
    const read = (file: string) => readFile(new URL(file, folder), "utf8");
    const asked = JSON.parse(await read("call.json")) as Asked;
    const output = asked.call?.output;
    const options: FakeContextOptions = output === undefined
      ? asked
      : { ...asked, call: { ...asked.call, output: { ...output, repair: 0, validate: (value) => value } } };
    const codec = chat.codecOf(asked.manifest);
    const common = { dialect: "openai-chat", name, codec, head: chat.headOf(options) };
    if (files.has("reply.json")) samples.push({ ...common, bodies: [JSON.parse(await read("reply.json"))] });
    if (!files.has("reply.sse")) continue;
    const splitter = sseSplitter();
    const bytes = new TextEncoder().encode(await read("reply.sse"));
    samples.push({ ...common, events: [...splitter.push(bytes), ...splitter.end()] });
  }
  return samples;
}

interface MediaFixture {
  readonly vendor?: string;
  readonly what: string;
  readonly modality: Modality;
  readonly model?: string;
  readonly params?: Readonly<Record<string, Json>>;
  readonly answers: readonly Json[];
}

async function ofMedia(): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const [file, list] of await filesOf<readonly MediaFixture[]>("media")) {
    for (const { vendor = file, what, modality, model = "m-1", params = {}, answers } of list) {
      const asked: media.Asked = {
        modality,
        model,
        params,
        ...(modality === "image" && model.includes("kontext") && {
          images: [{ url: "https://a.example/b" }],
        }),
        ...(modality === "rerank" && { input: ["a", "b", "c"] }),
        ...(modality === "transcription" ? { audio: media.wav } : { prompt: "A lighthouse" }),
      };
      samples.push({
        dialect: "media",
        name: `${vendor}: ${what}`,
        codec: media.codecOf(vendor),
        head: media.headOf(vendor, asked),
        bodies: answers,
      });
    }
  }
  return samples;
}

/** Every recorded answer there is. */
export const corpus: readonly Sample[] = (await Promise.all([
  ofChat(),
  ofResponses(),
  ofAnthropic(),
  ofGemini(),
  ofCohere(),
  ofBedrock(),
  ofMedia(),
])).flat();
