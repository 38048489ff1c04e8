/** Reads whole answers: results as parts, what was counted, and the answer itself. */

import {
  asFields,
  asText,
  asWord,
  header,
  type Json,
  type Manifest,
  type ManifestMedia,
  type MediaModality,
  type Part,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import type { Faults } from "./faults.ts";
import { bytesPart, itemReader, leanRaw, type MediaPartType } from "./items.ts";
import { judgements } from "./judgements.ts";
import { allOf, firstOf } from "./places.ts";
import { ranks } from "./ranks.ts";
import { mimeOfName } from "./sniff.ts";
import { mediaUsage } from "./usage.ts";

/** Reads the answers of one modality of one vendor. */
export interface Reading {
  /** @param begun the answer that began the job, if there was one @throws LoomError */
  whole(body: unknown, head: WireReplyHead, begun?: unknown): readonly Part[];
  /** @param said the answer that told of the bytes, if there was one @throws LoomError */
  bytes(body: Uint8Array, head: WireReplyHead, said?: unknown): readonly Part[];
}

const partTypes: Readonly<Partial<Record<MediaModality, MediaPartType>>> = {
  image: "image",
  video: "video",
  speech: "audio",
};

export function reading(
  manifest: Manifest,
  modality: MediaModality,
  form: ManifestMedia,
  faults: Faults,
): Reading {
  const { reply = {} } = form;
  const type = partTypes[modality];
  const inResults = modality === "rerank" || modality === "moderation";
  const itemsAt = reply.items ?? (inResults ? ["/results/*", "/data/*"] : ["/data/*"]);
  const items = allOf(modality === "speech" ? reply.items ?? [""] : itemsAt);
  const readItem = type === undefined ? undefined : itemReader(type, form);
  const usage = mediaUsage(manifest, modality, form);
  const text = firstOf(reply.text ?? "/text");
  const hex = firstOf(reply.hex);
  const format = firstOf(reply.format);
  const id = firstOf(reply.id ?? "/id");

  /** What was made. */
  function results(body: unknown, head: WireReplyHead): readonly Part[] {
    const found = items(body).map((item) => readItem?.(item));
    const parts = found.flatMap((item) =>
      item !== undefined && "part" in item ? [named(item.part, body)] : []
    );
    const sound = asText(hex(body));
    // What stands there is an address when the caller asked for one.
    if (sound !== undefined && /^[0-9a-f]+$/i.test(sound)) {
      parts.push(bytesPart("audio", Buffer.from(sound, "hex"), "", asText(format(body))));
    } else if (sound !== undefined) parts.push(named({ type: "audio", url: sound }, body));
    const held = found.filter((item) => item !== undefined && "blocked" in item).length;
    const failed = found.flatMap((item) => item !== undefined && "fault" in item ? [item.fault] : []);
    if (parts.length === 0) {
      const [first] = failed;
      if (first !== undefined) throw faults.errorOf(head, first);
      if (held > 0) throw faults.heldBack(head, undefined);
      return parts;
    }
    const lost = (code: string, count: number, why: string): readonly Part[] =>
      count === 0 ? [] : [{ type: "warning", code, message: `${count} of ${found.length} results ${why}` }];
    return [
      ...parts,
      ...lost("content-filtered", held, "were held back"),
      ...lost(
        "results-failed",
        failed.length,
        `failed: ${failed[0]?.message ?? failed[0]?.code ?? "no reason"}`,
      ),
    ];
  }

  /** The kind of sound or picture, where only the answer as a whole says it. */
  function named(part: Part, body: unknown): Part {
    if (!("mimeType" in part) && (part.type === "audio" || part.type === "image")) {
      const name = asText(format(body)) ?? asText(asFields(body)?.["output_format"]);
      const mimeType = name === undefined ? undefined : mimeOfName(name);
      if (mimeType !== undefined) return { ...part, mimeType };
    }
    return part;
  }

  function transcript(body: unknown): readonly Part[] {
    const said = text(body) ?? asFields(body)?.["text"];
    return typeof said === "string" ? [{ type: "transcript", text: said, raw: body as Json }] : [];
  }

  function parts(
    content: readonly Part[],
    body: unknown,
    head: WireReplyHead,
    begun: unknown,
  ): readonly Part[] {
    const fields = asFields(body);
    const workId = asWord(id(body)) ?? asWord(id(begun));
    const model = asText(fields?.["model"]);
    const count = content.filter((part) => part.type === "image" || part.type === "video").length;
    const counted = usage(body, head, count, begun);
    return [
      ...(workId === undefined && model === undefined ? [] : [{
        type: "response" as const,
        ...(workId !== undefined && { id: workId }),
        ...(model !== undefined && { model }),
      }]),
      ...content,
      ...(counted === undefined ? [] : [{ type: "usage" as const, usage: counted }]),
      ...(body === undefined ? [] : [{
        type: "raw" as const,
        value: type === undefined ? body as Json : leanRaw(body),
      }]),
    ];
  }

  return {
    whole(body, head, begun) {
      const fault = faults.inBody(body);
      if (fault !== undefined) throw faults.errorOf(head, fault);
      const content = modality === "rerank"
        ? ranks(items(body), head, form)
        : modality === "moderation"
        ? judgements(items(body), form)
        : modality === "transcription"
        ? transcript(body)
        : results(body, head);
      if (content.length > 0) return parts(content, body, head, begun);
      const complaint = faults.anywhere(body);
      if (complaint !== undefined) throw faults.errorOf(head, complaint);
      throw faults.notAnAnswer(head, `there is no ${type ?? modality} in it`);
    },

    bytes(body, head, said) {
      const kind = header(head.headers, "content-type") ?? "";
      const params = head.ctx.target.params;
      if (type === undefined) {
        const content = new TextDecoder().decode(body).replace(/^\uFEFF/, "");
        if (kind.includes("json")) return this.whole(parsed(content, head), head);
        return parts([{ type: "transcript", text: content }], undefined, head, undefined);
      }
      if (body.length === 0) throw faults.notAnAnswer(head, "it is empty");
      if (/json|html|event-stream/.test(kind)) {
        const content = new TextDecoder().decode(body);
        if (!kind.includes("json")) throw faults.notAnAnswer(head, `${kind} where ${type} was expected`);
        return this.whole(parsed(content, head), head, said);
      }
      const asked = asText(params["response_format"]) ?? asText(params["format"]);
      return parts([bytesPart(type, body, kind, asked)], said, head, undefined);
    },
  };

  function parsed(content: string, head: WireReplyHead): unknown {
    try {
      return JSON.parse(content);
    } catch {
      throw faults.notAnAnswer(head, "JSON that is broken");
    }
  }
}
