/** JSON pointers (RFC 6901), split once and read many times. */

/** Reads the value a pointer names, or `undefined`. */
export type PointerReader = (value: unknown) => unknown;

/**
 * Compiles a pointer such as `/usage/prompt_tokens_details/cached_tokens`.
 *
 * @throws TypeError when it neither is empty nor begins with `/`
 */
export function jsonPointer(pointer: string): PointerReader {
  if (pointer !== "" && !pointer.startsWith("/")) {
    throw new TypeError(`a JSON pointer begins with "/", but this is "${pointer}"`);
  }
  const keys = pointer.split("/").slice(1).map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  return (value) => {
    let current = value;
    for (const key of keys) {
      if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return undefined;
      current = (current as Record<string, unknown>)[key];
    }
    return current;
  };
}
