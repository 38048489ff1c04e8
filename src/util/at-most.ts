/** Works on a list, on so many of its items at once and no more. */

/**
 * Starts in the list's order, and settles when all have ended: no failure keeps the others from being worked on.
 *
 * @param size at least 1
 */
export async function atMost<T, R>(
  size: number,
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<PromiseSettledResult<R>[]> {
  const settled: PromiseSettledResult<R>[] = new Array(items.length);
  let next = 0;
  async function worker(): Promise<void> {
    for (let index = next++; index < items.length; index = next++) {
      try {
        settled[index] = { status: "fulfilled", value: await work(items[index] as T, index) };
      } catch (reason) {
        settled[index] = { status: "rejected", reason };
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(size, items.length) }, worker));
  return settled;
}
