/** OpenAI's `POST /v1/audio/transcriptions`: what is said in a recording. */

import type { JsonObject, MediaInput } from "../../../contract/index.ts";
import type { Format, FormFile } from "../../format.ts";
import {
  type FieldKind,
  given,
  invalid,
  modelOf,
  optionalText,
  readParams,
  unknownFields,
} from "../field-checks.ts";
import { mediaInput } from "../files.ts";
import { openaiFaults } from "../openai-faults.ts";
import { streamTranscript } from "./stream.ts";
import { writeTranscript } from "./answer.ts";

const params: ReadonlyMap<string, FieldKind> = new Map<string, FieldKind>([
  ["language", "text"],
  ["response_format", "text"],
  ["temperature", "number"],
  ["timestamp_granularities", "texts"],
  ["include", "texts"],
  ["chunking_strategy", "any"],
  ["keywords", "texts"],
  ["languages", "texts"],
  ["known_speaker_names", "texts"],
  ["known_speaker_references", "texts"],
]);
const own: ReadonlySet<string> = new Set(["model", "prompt", "stream", "file", "url"]);

const formats: ReadonlySet<string> = new Set(["json", "text", "srt", "verbose_json", "vtt", "diarized_json"]);
/** Answers of these forms have no events; `stream` is ignored for them, as OpenAI does where a model has none. */
const unstreamed: ReadonlySet<unknown> = new Set(["srt", "verbose_json", "vtt"]);

export const openaiTranscriptions: Format = {
  id: "openai-transcriptions",

  read(body, files) {
    const prompt = optionalText(body, "prompt");
    const read = readParams(body, params, true);
    const format = read["response_format"];
    if (format !== undefined && !formats.has(String(format))) {
      throw invalid("response_format", `must be one of ${[...formats].join(", ")}`);
    }
    const { stream } = readParams(body, new Map([["stream", "flag"]]), true);
    return {
      modality: "transcription",
      model: modelOf(body, "gpt-4o-transcribe"),
      call: {
        messages: [],
        audio: recording(body, files),
        params: read,
        stream: stream === true && !unstreamed.has(format),
        ...(prompt !== undefined && { prompt }),
      },
      unknown: [
        ...unknownFields(body, own, params),
        ...new Set(files.map(({ field }) => field).filter((field) => field !== "file")),
      ],
    };
  },

  write: writeTranscript,
  stream: streamTranscript,
  ...openaiFaults,
};

/** A file; or, as some vendors have it, an address in `url`. */
function recording(body: JsonObject, files: readonly FormFile[]): MediaInput {
  const [file, second] = files.filter(({ field }) => field === "file");
  if (second !== undefined) throw invalid("file", "was given twice; send one recording at a time");
  const url = optionalText(body, "url");
  if (file !== undefined) {
    if (url !== undefined) throw invalid("url", "was given beside a file; send one of them");
    if (file.bytes.length === 0) throw invalid("file", "is empty");
    return mediaInput(file, "audio/mpeg");
  }
  if (given(body, "file") !== undefined) throw invalid("file", "must be a file with a name, not a text");
  if (url === undefined) throw invalid("file", "is missing; give a recording in a multipart form");
  if (!/^(?:https?:|data:)/.test(url)) throw invalid("url", "must be an https: address or a data: URI");
  return { url };
}
