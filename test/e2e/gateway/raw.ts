/** HTTP as anybody may write it, byte by byte, and what comes back. */

import { connect, type Socket } from "node:net";

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a body and headers make of a request. */
export function rawRequest(
  path: string,
  body: string | Uint8Array = "",
  headers: readonly string[] = ["content-type: application/json"],
  method: string = "POST",
): readonly (string | Uint8Array)[] {
  const length = typeof body === "string" ? new TextEncoder().encode(body).length : body.length;
  const lines = [
    `${method} ${path} HTTP/1.1`,
    "host: localhost",
    "connection: close",
    ...headers,
    ...headers.some((line) => /^(content-length|transfer-encoding):/i.test(line)) || method === "GET"
      ? []
      : [`content-length: ${length}`],
  ];
  return [`${lines.join("\r\n")}\r\n\r\n`, body];
}

/**
 * Sends bytes and reads until the connection ends. Gives nothing when it ended without an answer.
 *
 * @param end `half-close`: says that nothing more comes; `reset`: breaks the connection off; by default it stays open
 * @throws Error when the connection is still open after `patienceMs`
 */
export function exchangeRaw(
  port: number,
  pieces: readonly (string | Uint8Array)[],
  end?: "half-close" | "reset",
  patienceMs = 10_000,
): Promise<readonly RawAnswer[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const chunks: Uint8Array[] = [];
    const late = setTimeout(() => {
      socket.destroy();
      const came = Buffer.concat(chunks).toString("latin1").slice(0, 200);
      reject(new Error(`the connection is open after ${patienceMs} ms; what came: ${JSON.stringify(came)}`));
    }, patienceMs);
    socket.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    // Answers that came before a reset count.
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(late);
      resolve(answersIn(Buffer.concat(chunks).toString("latin1")));
    });
    socket.on("connect", () => {
      for (const piece of pieces) if (piece.length > 0) socket.write(piece);
      if (end === "half-close") socket.end();
      if (end === "reset") socket.write("", () => socket.resetAndDestroy());
    });
  });
}

/** Splits what came into answers. @throws Error, when it is no HTTP */
export function answersIn(text: string): readonly RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  while (rest !== "") {
    const [, status, lines = ""] = /^HTTP\/1\.[01] (\d{3})[^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(rest) ??
      [];
    if (status === undefined) throw new Error(`no HTTP: ${JSON.stringify(rest.slice(0, 200))}`);
    const headers = Object.fromEntries(
      lines.split("\r\n").filter((line) => line !== "").map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    rest = rest.slice(rest.indexOf("\r\n\r\n") + 4);
    if (status === "100") continue;
    const length = headers["content-length"];
    let body = rest;
    if (length !== undefined) body = rest.slice(0, Number(length));
    else if (headers["transfer-encoding"] === "chunked") body = rest.slice(0, rest.indexOf("0\r\n\r\n") + 5);
    rest = rest.slice(body.length);
    answers.push({ status: Number(status), headers, body });
  }
  return answers;
}

/** Asks for a stream over a bare socket, which reads only when the test says so. */
export function askSlowly(port: number, model: string, stream = true): Socket {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "much" }], stream });
  const socket = connect(port, "127.0.0.1");
  socket.pause();
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}
