/** The films of a finished operation: addresses or bytes; addresses need the key, so that bytes are fetched here when asked for. */

import {
  asFields,
  asList,
  asText,
  type Decoded,
  type Fields,
  header,
  type Json,
  type Part,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import type { Reading } from "./reading.ts";

interface Film {
  readonly url?: string;
  readonly dataB64?: string;
  readonly mimeType?: string;
}

export function videoParts(operation: Fields, name: string, head: WireReplyHead, how: Reading): Decoded {
  const response = asFields(operation["response"]) ?? {};
  // The Developer API wraps it once more; Vertex lists `videos`.
  const made = asFields(response["generateVideoResponse"]) ?? response;
  const listed = asList(made["generatedSamples"]) ?? asList(made["videos"]) ?? [];
  const films = listed.flatMap((entry) => filmOf(asFields(entry) ?? {}) ?? []);
  const reasons = (asList(made["raiMediaFilteredReasons"]) ?? []).map(String);
  const filtered = Number(made["raiMediaFilteredCount"] ?? reasons.length);
  if (films.length === 0) {
    if (filtered > 0) throw how.filtered(head, reasons[0] ?? `${filtered} film(s) were kept back`);
    throw how.notAnAnswer(head, "the operation is done and has no film");
  }
  const after: Part[] = [];
  if (filtered > 0) {
    const message = `${filtered} film(s) were kept back: ${reasons[0] ?? "no reason was given"}`;
    after.push({ type: "warning", code: "content-filtered", message });
  }
  after.push(...usageOf(head, films.length));
  const { ctx } = head;
  const wanting = films.some(({ url, dataB64 }) => dataB64 === undefined && url?.startsWith("http") === true);
  if (wanting && ctx.call.download === true) return fetched(films, 0, name, after, operation);
  if (wanting) {
    const message =
      "the film's address needs the API key and is kept for two days; ask with download: true for its bytes";
    after.push({ type: "warning", code: "url-needs-key", message });
  }
  return finished(films, after, operation);
}

function filmOf(entry: Fields): Film | undefined {
  const video = asFields(entry["video"]) ?? entry;
  const url = asText(video["uri"]) ?? asText(video["gcsUri"]);
  const dataB64 = asText(video["encodedVideo"]) ?? asText(video["bytesBase64Encoded"]) ??
    asText(video["videoBytes"]);
  if (url === undefined && dataB64 === undefined) return undefined;
  const mimeType = asText(video["mimeType"]) ?? asText(video["encoding"]) ?? "video/mp4";
  return { mimeType, ...(url !== undefined && { url }), ...(dataB64 !== undefined && { dataB64 }) };
}

/** Fetches one film after the other. */
function fetched(
  films: readonly Film[],
  from: number,
  name: string,
  after: readonly Part[],
  operation: Fields,
): Decoded {
  const at = films.findIndex(({ url, dataB64 }, index) =>
    index >= from && dataB64 === undefined && url?.startsWith("http") === true
  );
  if (at === -1) return finished(films, after, operation);
  const film = films[at] as Film;
  return {
    next: { method: "GET", path: film.url as string, stream: false, answer: "bytes" },
    jobId: name,
    waitMs: 0,
    decode(body, head) {
      const type = header(head.headers, "content-type")?.split(";")[0];
      const mimeType = type?.startsWith("video/") ? type : film.mimeType;
      const whole: Film = {
        ...film,
        dataB64: base64(body as Uint8Array),
        ...(mimeType !== undefined && { mimeType }),
      };
      return fetched(films.with(at, whole), at + 1, name, after, operation);
    },
  };
}

function finished(films: readonly Film[], after: readonly Part[], operation: Fields): readonly Part[] {
  return [
    ...films.map((film): Part => ({ type: "video", ...film })),
    ...after,
    { type: "raw", value: operation as Json },
  ];
}

/** Films are priced by the second; what was asked for is what was made. */
function usageOf({ ctx }: WireReplyHead, films: number): readonly Part[] {
  const { durationSeconds, duration_seconds, seconds, duration } = ctx.target.params;
  const asked = Number(durationSeconds ?? duration_seconds ?? seconds ?? duration ?? Number.NaN);
  if (!Number.isFinite(asked) || asked <= 0) return [];
  const none = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
  return [{ type: "usage", usage: { ...none, totalTokens: 0, seconds: asked * films } }];
}

function base64(bytes: Uint8Array): string {
  let text = "";
  // Pieces of a multiple of three bytes join without padding; fewer than the most arguments a call may have.
  const piece = 24_576;
  for (let at = 0; at < bytes.length; at += piece) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + piece)));
  }
  return text;
}
