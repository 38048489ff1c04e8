/** What can be told from a model's name: its generation and size, on which thinking and tools depend. */

export interface Family {
  /** 2.5, 3, 3.1 …; `undefined` for models that are no Gemini. */
  readonly generation: number | undefined;
  readonly size: "pro" | "flash" | "flash-lite" | undefined;
}

/** `gemini-pro-latest` and the like stand for the newest generation. */
const newest = 3.5;

export function familyOf(upstreamModel: string): Family {
  const name = upstreamModel.slice(upstreamModel.lastIndexOf("/") + 1).toLowerCase();
  const found = /^gemini-(\d+(?:\.\d+)?)?(?:-?(pro|flash-lite|flash))?/.exec(name);
  if (found === null) return { generation: undefined, size: undefined };
  const [, number, size] = found;
  return {
    generation: number !== undefined ? Number(number) : name.endsWith("-latest") ? newest : undefined,
    size: size as Family["size"],
  };
}

/** Generation 3 and later: thinking levels, tools together with schemas, pictures in tool results, signed tool calls. */
export function isThird(upstreamModel: string): boolean {
  return (familyOf(upstreamModel).generation ?? 0) >= 3;
}
