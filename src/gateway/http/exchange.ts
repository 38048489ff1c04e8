/** One request and its answer, as the gateway sees them, whatever server they came through. */

export interface HttpExchange {
  readonly method: string;
  /** Without the query, as it came. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** @param name lower-case. A header that came more than once is joined with commas */
  header(name: string): string | undefined;
  /** Whether the request comes from this machine itself. */
  readonly fromLoopback: boolean;
  /**
   * Reads the whole body, once.
   * @throws LoomError `invalid-request` with status 413 or 400, `aborted` when the client leaves half-way
   */
  body(maxBytes: number): Promise<Uint8Array>;
  /**
   * Reads the body piece by piece, once, in place of `body`; no faster than the pieces are taken.
   * @throws LoomError `invalid-request` with status 413, `aborted` when the client leaves half-way
   */
  pieces(maxBytes: number): AsyncIterable<Uint8Array>;
  /** Headers that every answer of this exchange carries, whatever it is. */
  addHeaders(headers: Readonly<Headers>): void;
  /** Answers whole. Nothing may be sent after it. */
  send(status: number, headers: Headers, body: string | Uint8Array): void;
  /** Begins an answer that is written piece by piece. */
  begin(status: number, headers: Headers): void;
  /** False: the client reads more slowly than this; `onDrain` says when it has caught up. */
  write(piece: string | Uint8Array): boolean;
  end(): void;
  /** Breaks the connection off, so that nobody takes what was sent for all of it. */
  destroy(): void;
  /** Whether anything of an answer has gone out. */
  readonly begun: boolean;
  /** Told once when the client has gone before its answer ended. At once, when that was before. */
  onGone(listener: () => void): void;
  onDrain(listener: () => void): void;
}

/** What the headers of a request say, wherever they are kept. */
export type Headed = Pick<HttpExchange, "header">;

/** Header names are lower-case. */
export type Headers = Record<string, string>;
