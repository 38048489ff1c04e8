/** Turns pushing into pulling: an async iterable of what somebody else hands over, one at a time. */

/** Settles when the value was taken. Rejects when nobody takes any more. */
export type Push<T> = (value: T) => Promise<void>;

/**
 * What `work` pushes, as it pushes it; nothing is worked on before somebody reads, nor ahead of the reader. `leaving` is
 * aborted when the reader stops; then this waits until `work` has let go of everything.
 */
export async function* pushed<T>(
  work: (push: Push<T>, leaving: AbortSignal) => Promise<void>,
): AsyncGenerator<T, void, undefined> {
  const leaving = new AbortController();
  let offer:
    | { readonly value: T; readonly taken: () => void; readonly refused: (why: unknown) => void }
    | undefined;
  let end: { readonly fault?: { readonly error: unknown } } | undefined;
  let wake = () => {};
  const push: Push<T> = (value) =>
    new Promise((taken, refused) => {
      if (end !== undefined || leaving.signal.aborted) return refused(leaving.signal.reason ?? nobody());
      offer = { value, taken, refused };
      wake();
    });
  const working = work(push, leaving.signal).then(
    () => end = {},
    (error) => end = { fault: { error } },
  ).then(() => {
    // It may have been given up while a value of it was still on offer.
    wake();
  });
  try {
    for (;;) {
      if (end !== undefined) break;
      if (offer === undefined) await new Promise<void>((resolve) => wake = resolve);
      if (end !== undefined || offer === undefined) continue;
      const { value, taken } = offer;
      yield value;
      offer = undefined;
      taken();
    }
    if (end.fault !== undefined) throw end.fault.error;
  } finally {
    leaving.abort();
    offer?.refused(leaving.signal.reason);
    await working;
  }
}

function nobody(): Error {
  return new Error("nobody reads this any more");
}
