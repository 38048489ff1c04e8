/** OpenAI's `POST /v1/audio/speech`: a text read aloud, as a file or as events. */

import { Buffer } from "node:buffer";
import type { Json, JsonObject, LoomErrorLike, Usage } from "../../contract/index.ts";
import { loomError } from "../../errors/index.ts";
import type { AnswerFacts, Format } from "../format.ts";
import { ofType } from "./answer-parts.ts";
import {
  type FieldKind,
  given,
  invalid,
  modelOf,
  readParams,
  requiredText,
  unknownFields,
} from "./field-checks.ts";
import { eventOf, openaiFaults } from "./openai-faults.ts";

const params: ReadonlyMap<string, FieldKind> = new Map<string, FieldKind>([
  // Besides a name, OpenAI takes an object with the id of a voice that somebody made.
  ["voice", "any"],
  ["response_format", "text"],
  ["speed", "number"],
  ["instructions", "text"],
]);
const own: ReadonlySet<string> = new Set(["model", "input", "stream_format"]);

const mimeTypes: ReadonlyMap<unknown, string> = new Map([
  [undefined, "audio/mpeg"],
  ["mp3", "audio/mpeg"],
  ["opus", "audio/opus"],
  ["aac", "audio/aac"],
  ["flac", "audio/flac"],
  ["wav", "audio/wav"],
  ["pcm", "audio/pcm"],
]);

/** `voice` may be left out: vendors have one of their own, and OpenAI's is in its manifest. */
export const openaiSpeech: Format = {
  id: "openai-speech",

  read(body) {
    return {
      modality: "speech",
      model: modelOf(body, "gpt-4o-mini-tts"),
      call: {
        messages: [],
        prompt: requiredText(body, "input", "the text that is read aloud"),
        params: readParams(body, params),
        stream: isEvents(body),
      },
      unknown: unknownFields(body, own, params),
    };
  },

  /** @throws LoomError `invalid-reply`, where only an address came */
  write(parts, facts) {
    const sounds = ofType(parts, "audio");
    const bytes = Buffer.concat(sounds.map(({ dataB64 }) => {
      if (dataB64 === undefined) throw onlyAddress(facts);
      return Buffer.from(dataB64, "base64");
    }));
    const contentType = sounds[0]?.mimeType ?? mimeTypes.get(given(facts.body, "response_format"));
    return { bytes, contentType: contentType ?? "application/octet-stream" };
  },

  stream(facts) {
    let counted: Usage | undefined;
    let fault: LoomErrorLike | undefined;
    return {
      parts(batch) {
        counted = ofType(batch, "usage").at(-1)?.usage ?? counted;
        let events = "";
        for (const sound of ofType(batch, "audio")) {
          if (sound.dataB64 === undefined) fault ??= onlyAddress(facts);
          else events += eventOf({ type: "speech.audio.delta", audio: sound.dataB64 });
        }
        return events;
      },
      end(outcome) {
        const error = outcome.status === "ok" ? fault : outcome.error;
        return error === undefined
          ? eventOf(done(counted ?? facts.usage))
          : openaiFaults.errorEvent(error, error.status, facts.callId);
      },
    };
  },

  ...openaiFaults,
};

function isEvents(body: JsonObject): boolean {
  const format = given(body, "stream_format");
  if (format !== undefined && format !== "sse" && format !== "audio") {
    throw invalid("stream_format", "must be sse or audio");
  }
  return format === "sse";
}

/** Nobody fetched what is there, and a file cannot be written of it. */
function onlyAddress({ provider, model }: AnswerFacts): LoomErrorLike {
  const message = `${provider} gave the sound as an address, and it could not be fetched`;
  return loomError("invalid-reply", message, {}, { provider, model });
}

function done(usage: Usage | undefined): Json {
  const { inputTokens = 0, outputTokens = 0, totalTokens = 0 } = usage ?? {};
  return {
    type: "speech.audio.done",
    usage: { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: totalTokens },
  };
}
