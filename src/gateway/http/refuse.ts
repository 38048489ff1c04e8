/** Answers what is no HTTP request, or none that came in time: nobody else is there to say so in JSON. */

import type { Duplex } from "node:stream";

interface Refusal {
  readonly status: string;
  readonly message: string;
}

const malformed: Refusal = { status: "400 Bad Request", message: "this is not a valid HTTP request" };

const refusals: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: "431 Request Header Fields Too Large",
    message: "the headers of the request are too large",
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: "413 Content Too Large",
    message: "a chunk says too much of itself",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: "408 Request Timeout",
    message: "the request did not arrive in time; send it again",
  },
};

/** What node:http calls when it can make no request of what came, or too little came for too long. */
export function refuse(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (!socket.writable || hasBegun(socket)) return void socket.destroy();
  const { status, message } = refusals[error.code ?? ""] ?? malformed;
  const body = JSON.stringify({ error: { message, type: "invalid_request_error", param: null, code: null } });
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${body.length}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

/** An answer that is going out cannot be taken back. This is where node:http itself looks. */
function hasBegun(socket: Duplex): boolean {
  const { _httpMessage: message } = socket as {
    readonly _httpMessage?: { readonly headersSent: boolean } | null;
  };
  return message?.headersSent === true;
}
