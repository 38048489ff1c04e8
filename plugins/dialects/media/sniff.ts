/** Which kind of picture, film or sound something is: by its first bytes, its address, or its format's short name. */

/** By the first bytes; `undefined`: none that is known here. */
export function mimeOfBytes(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  if (text.startsWith("\x89PNG")) return "image/png";
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (text.startsWith("GIF8")) return "image/gif";
  if (text.startsWith("RIFF")) return text.slice(8) === "WEBP" ? "image/webp" : riff(text.slice(8));
  if (text.startsWith("OggS")) return "audio/ogg";
  if (text.startsWith("fLaC")) return "audio/flac";
  if (text.startsWith("ID3") || /^\xff[\xf2\xf3\xfa\xfb]/.test(text)) return "audio/mpeg";
  if (text.startsWith("\x1aE\xdf\xa3")) return "video/webm";
  if (text.slice(4, 8) === "ftyp") return /^avif|^avis/.test(text.slice(8)) ? "image/avif" : "video/mp4";
  return undefined;
}

function riff(kind: string): string | undefined {
  return kind === "WAVE" ? "audio/wav" : undefined;
}

/** By the beginning of base64. */
export function mimeOfBase64(dataB64: string): string | undefined {
  return mimeOfBytes(Buffer.from(dataB64.slice(0, 16), "base64"));
}

const byName: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
  avif: "image/avif",
  mp4: "video/mp4",
  webm: "video/webm",
  mov: "video/quicktime",
  mp3: "audio/mpeg",
  wav: "audio/wav",
  opus: "audio/ogg",
  ogg: "audio/ogg",
  aac: "audio/aac",
  flac: "audio/flac",
  m4a: "audio/mp4",
  pcm: "audio/pcm",
};

/** By a format's short name, such as `mp3`; a mime type is its own. */
export function mimeOfName(name: string): string | undefined {
  const small = name.toLowerCase();
  return small.includes("/") ? small : byName[small];
}

/** By the ending of an address. */
export function mimeOfUrl(url: string): string | undefined {
  const ending = /\.([a-z0-9]{2,4})(?:[?#]|$)/i.exec(url)?.[1];
  return ending === undefined ? undefined : mimeOfName(ending);
}

/** The usual ending of a file of this type. */
export function endingOf(mimeType: string): string {
  const bare = mimeType.split(";")[0]?.trim().toLowerCase() ?? "";
  const known: Readonly<Record<string, string>> = {
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/x-m4a": "m4a",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "image/jpeg": "jpg",
  };
  return known[bare] ?? bare.split("/")[1]?.replace(/^x-/, "").replace(/[^a-z0-9]/g, "") ?? "bin";
}
