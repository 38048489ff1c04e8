/** YAML with line numbers: reads a document into nodes that can say where they stand and what is wrong with them. */

import type { Document, LineCounter, Node } from "yaml";
import { loomError } from "../errors/index.ts";
import type { LoomError } from "../errors/index.ts";
import { nearest } from "../util/nearest.ts";

/** A catalog larger than this is a mistake. */
const maxBytes = 16 * 1024 * 1024;

type Yaml = typeof import("yaml");

/** One value of a YAML document with its place. */
export class YamlNode {
  readonly path: string;
  readonly #node: Node | null;
  readonly #source: Source;
  /** Line of the key, for values that are absent or stand on a later line. */
  readonly #offset: number;

  constructor(source: Source, node: Node | null, path: string, offset: number) {
    this.#source = source;
    this.#node = node;
    this.path = path;
    this.#offset = offset;
  }

  /** The error that names file, line and path. `problem` goes on from the path: "must be …". */
  fault(problem: string): LoomError {
    const { file, lines } = this.#source;
    const line = lines.linePos(this.#node?.range?.[0] ?? this.#offset).line;
    const place = this.path === "" ? "the file" : this.path;
    return loomError("config-invalid", `${file}:${line}: ${place} ${problem}`, {
      path: this.path,
      file,
      line,
    });
  }

  /** Key and value of each field, in order. @throws unless this is a mapping with text keys */
  entries(expected: string): readonly (readonly [key: string, value: YamlNode])[] {
    const { yaml } = this.#source;
    if (!yaml.isMap(this.#node)) throw this.#wrong(expected);
    return this.#node.items.map((pair) => {
      const offset = (pair.key as Node | null)?.range?.[0] ?? this.#offset;
      const key = yaml.isScalar(pair.key) ? String(pair.key.value) : undefined;
      if (key === undefined) throw this.fault("must have plain text keys");
      const path = this.path === "" ? key : `${this.path}.${key}`;
      return [key, this.#child(pair.value as Node | null, path, offset)];
    });
  }

  /** @throws unless this is a list */
  items(expected: string): readonly YamlNode[] {
    if (!this.#source.yaml.isSeq(this.#node)) throw this.#wrong(expected);
    return this.#node.items.map((item, index) =>
      this.#child(item as Node | null, `${this.path}[${index}]`, this.#offset)
    );
  }

  /** Text that is not empty. Names that YAML would take for numbers must be quoted. */
  text(): string {
    const value = this.value();
    if (typeof value !== "string") {
      const hint = typeof value === "number" || typeof value === "boolean"
        ? ` (put it in quotes: "${value}")`
        : "";
      throw this.#wrong(`text${hint}`);
    }
    if (value.trim() === "") throw this.fault("must not be empty");
    return value;
  }

  boolean(): boolean {
    const value = this.value();
    if (typeof value !== "boolean") throw this.#wrong("true or false");
    return value;
  }

  number(): number {
    const value = this.value();
    if (typeof value !== "number" || !Number.isFinite(value)) throw this.#wrong("a number");
    return value;
  }

  /** A whole number of at least `least`. */
  whole(least: number): number {
    const value = this.value();
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least) {
      throw this.#wrong(`a whole number of ${least} or more`);
    }
    return value;
  }

  /** One of `words`. */
  oneOf<Word extends string>(words: readonly Word[]): Word {
    const value = this.value();
    if (typeof value === "string" && (words as readonly string[]).includes(value)) return value as Word;
    throw this.#wrong(`one of ${words.join(", ")}`);
  }

  /** The value as plain data. */
  value(): unknown {
    const node = this.#node;
    if (node === null) return null;
    if (this.#source.yaml.isScalar(node)) return node.value;
    try {
      return node.toJS(this.#source.document);
    } catch (error) {
      throw this.fault(`cannot be read: ${(error as Error).message}`);
    }
  }

  /** The error for a field that the schema does not know. */
  unknownKey(known: readonly string[]): LoomError {
    const key = this.path.slice(this.path.lastIndexOf(".") + 1);
    const near = nearest(key, known, 1)[0];
    const line = this.#source.lines.linePos(this.#offset).line;
    const help = near === undefined ? `known keys: ${known.join(", ")}` : `did you mean ${near}?`;
    const file = this.#source.file;
    return loomError("config-invalid", `${file}:${line}: ${this.path} is not a known key; ${help}`, {
      path: this.path,
      file,
      line,
    });
  }

  #wrong(expected: string): LoomError {
    const { yaml } = this.#source;
    let found = "nothing";
    if (yaml.isMap(this.#node)) found = "a mapping";
    else if (yaml.isSeq(this.#node)) found = "a list";
    else if (this.value() !== null) found = (JSON.stringify(this.value()) ?? "unreadable").slice(0, 60);
    return this.fault(`must be ${expected}, but is ${found}`);
  }

  #child(node: Node | null, path: string, offset: number): YamlNode {
    const { yaml, document } = this.#source;
    // An anchor's content is read where it is used, and blamed where it is written.
    const target = yaml.isAlias(node) ? node.resolve(document) ?? null : node;
    return new YamlNode(this.#source, target, path, offset);
  }
}

interface Source {
  readonly yaml: Yaml;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly file: string;
}

/** Parses YAML. @throws LoomError `config-invalid` with file and line when it is not YAML at all */
export async function parseYaml(text: string, file: string): Promise<YamlNode> {
  if (text.length > maxBytes) {
    throw loomError("config-invalid", `${file} is larger than ${maxBytes} bytes`, { path: "", file });
  }
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) {
    const line = lines.linePos(error.pos[0]).line;
    throw loomError(
      "config-invalid",
      `${file}:${line}: this is not valid YAML: ${error.message}`,
      { path: "", file, line },
      { cause: error },
    );
  }
  return new YamlNode(
    { yaml, document: document as Document, lines, file },
    document.contents as Node | null,
    "",
    0,
  );
}
