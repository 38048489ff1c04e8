/** Does asynchronous work once, for all who ask. */

/** One run for everybody; a run that failed is forgotten, so that the next use tries again. */
export function once<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () =>
    running ??= run().catch((error) => {
      running = undefined;
      throw error;
    });
}
