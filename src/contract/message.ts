/** The turns of a conversation, in the one form that every dialect encodes from. */

import type { Json, JsonObject } from "./json.ts";

/** Who speaks. `system` turns may stand anywhere; a dialect moves them where its vendor wants them. */
export type Role = "system" | "user" | "assistant" | "tool";

/** One turn. A plain string is the same as one text part. */
export interface Message {
  readonly role: Role;
  readonly content: string | readonly ContentPart[];
  /** Speaker's name, where the vendor knows such a thing. */
  readonly name?: string;
  /** On role `tool`: the id of the call that this turn answers. */
  readonly toolCallId?: string;
  /** On role `tool`: the tool failed, and `content` says how. */
  readonly isError?: boolean;
  /** Vendor fields that Loom has no opinion on; a dialect adds them to the encoded message untouched. */
  readonly extra?: JsonObject;
}

/** What a turn is made of. */
export type ContentPart =
  | TextContent
  | ImageContent
  | FileContent
  | AudioContent
  | ReasoningContent
  | ToolCallContent
  | NativeContent;

/**
 * What binds a part of an assistant's turn to the provider that made it. Another provider's encoder leaves `signature` and
 * `extra` out, and native parts altogether, with a warning: they would be refused or misread there.
 */
export interface Provenance {
  /** Id of the provider that made the part. Absent: the caller wrote it, and it goes to whichever provider is asked. */
  readonly madeBy?: string;
}

export interface TextContent extends Provenance {
  readonly type: "text";
  readonly text: string;
  /** Proof of origin of a text (Gemini's thought signature). */
  readonly signature?: string;
  /** Vendor fields for this part, such as a prompt-cache mark. */
  readonly extra?: JsonObject;
}

/** A picture, as a URL or as base64. Exactly one of `url` and `dataB64` is given. */
export interface ImageContent {
  readonly type: "image";
  readonly url?: string;
  /** The bytes in base64, without a `data:` prefix. */
  readonly dataB64?: string;
  /** Required with `dataB64`, for example `image/png`. */
  readonly mimeType?: string;
  /** How closely the vendor should look, where it offers a choice. */
  readonly detail?: "auto" | "low" | "high";
  readonly extra?: JsonObject;
}

/** A document. Exactly one of `url`, `dataB64` and `fileId` is given. */
export interface FileContent {
  readonly type: "file";
  readonly url?: string;
  readonly dataB64?: string;
  /** Id of a file that was uploaded to this vendor before. */
  readonly fileId?: string;
  readonly mimeType?: string;
  readonly filename?: string;
  readonly extra?: JsonObject;
}

/** Recorded sound, in base64. */
export interface AudioContent {
  readonly type: "audio";
  readonly dataB64: string;
  /** For example `audio/wav` or `audio/mpeg`. */
  readonly mimeType: string;
  readonly extra?: JsonObject;
}

/** Thinking of an earlier assistant turn, sent back where the vendor wants it. */
export interface ReasoningContent extends Provenance {
  readonly type: "reasoning";
  readonly text: string;
  /** Proof of origin, or the encrypted thinking itself. */
  readonly signature?: string;
  readonly extra?: JsonObject;
}

/** A tool call that the assistant made in an earlier turn. */
export interface ToolCallContent extends Provenance {
  readonly type: "tool-call";
  readonly id: string;
  readonly name: string;
  /** Arguments as JSON text, exactly as the model wrote them. */
  readonly arguments: string;
  readonly extra?: JsonObject;
}

/**
 * A block of an earlier assistant turn that only its vendor understands (a web search it ran, its results, encrypted
 * thinking), to be sent back unchanged and in its place.
 */
export interface NativeContent extends Provenance {
  readonly type: "native";
  /** The block in the vendor's words. */
  readonly value: JsonObject;
}

/** A function that the model may ask the caller to run. */
export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments. Absent means: no arguments. */
  readonly parameters?: JsonObject;
  /** Ask the vendor to hold the model to the schema, where it can. */
  readonly strict?: boolean;
  /**
   * A vendor's own tool (web search, code execution …) in the vendor's words. When present it is sent as it is and the
   * other fields only name it.
   */
  readonly native?: JsonObject;
  /** Vendor fields for this tool, such as a prompt-cache mark. */
  readonly extra?: JsonObject;
}

/** Whether the model must call a tool: as it likes, never, at least one, or just this one. */
export type ToolChoice = "auto" | "none" | "required" | { readonly tool: string };

/** The form the answer must have. */
export interface OutputFormat {
  /** JSON Schema of the answer. */
  readonly schema: JsonObject;
  /** Name for vendors that want one. Default `output`. */
  readonly name: string;
  /**
   * Parses and checks the answer; throws with a readable message when it does not fit. Absent: the form is asked for, and what
   * comes is given as it is.
   */
  validate?(value: unknown): Promise<unknown> | unknown;
  /** How often the model is shown its mistake and asked again, 0 or 1. */
  readonly repair: 0 | 1;
}

/** Marks a value as plain vendor JSON in places where anything may be given. */
export type Params = Readonly<Record<string, Json | undefined>>;
