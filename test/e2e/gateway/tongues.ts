/** Streams of two wire formats, event by event, for vendors that tests drive by hand. */

/** How a wire format says a streamed answer. */
export interface Tongue {
  /** Name of a bundled provider that speaks it, and the path of its answers. */
  readonly type: "openai" | "anthropic";
  readonly opening: string;
  word(text: string): string;
  readonly closing: string;
  /** What the vendor says in place of the rest when it fails half-way. */
  readonly failure: string;
  /** The body of a status that is not 2xx. */
  refusal(message: string): string;
}

function event(data: unknown, name?: string): string {
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
}

function chunk(delta: object, finish: string | null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return event({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m", choices });
}

function named(data: { readonly type: string } & Readonly<Record<string, unknown>>): string {
  return event(data, data.type);
}

export const tongues: Readonly<Record<"openai" | "anthropic", Tongue>> = {
  openai: {
    type: "openai",
    opening: chunk({ role: "assistant", content: "" }, null),
    word: (content) => chunk({ content }, null),
    closing: chunk({}, "stop") + "data: [DONE]\n\n",
    failure: event({
      error: { message: "the vendor fell over", type: "server_error", param: null, code: null },
    }),
    refusal: (message) => JSON.stringify({ error: { message, type: "some_error", param: null, code: null } }),
  },
  anthropic: {
    type: "anthropic",
    opening: named({
      type: "message_start",
      message: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: "m",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 5, output_tokens: 1 },
      },
    }) + named({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
    word: (text) => named({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
    closing: named({ type: "content_block_stop", index: 0 }) +
      named({
        type: "message_delta",
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: { output_tokens: 5 },
      }) + named({ type: "message_stop" }),
    failure: named({ type: "error", error: { type: "overloaded_error", message: "the vendor fell over" } }),
    refusal: (message) => JSON.stringify({ type: "error", error: { type: "some_error", message } }),
  },
};

/** Both vendors, under the names of the tongues they speak, at one address. */
export function providersAt(url: string): Readonly<
  Record<string, { type: string; baseUrl: string; apiKey: string; models: "open" }>
> {
  return Object.fromEntries(
    Object.entries(tongues).map(([name, { type }]) => [
      `my-${name}`,
      { type, baseUrl: `${url}/${name}`, apiKey: vendorKey, models: "open" as const },
    ]),
  );
}

/** Looks like a key, so that tests can look for it where it must not be. */
export const vendorKey = "sk-vendor-77ab01cd9f";

/** Which of the two vendors was asked. */
export function tongueAt(url: string): Tongue {
  return url.startsWith("/anthropic/") ? tongues.anthropic : tongues.openai;
}
