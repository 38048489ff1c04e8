/** One provider on the test bench: asks it, reads it and lets time pass, for the conformance suite. */

import assert from "node:assert/strict";
import type { Provider } from "../contract/provider.ts";
import type { Answer } from "../contract/reply.ts";
import { LoomError } from "../errors/index.ts";
import type { FakeClock } from "./fake-clock.ts";
import {
  fakeAttempting,
  type FakeCancellation,
  fakeCancellation,
  type FakeContextOptions,
} from "./fake-context.ts";
import { fakeSecret } from "./fake-secret.ts";
import { readAnswer, type Reading } from "./reading.ts";
import { failureOf, within } from "./suite.ts";

/** Looks like a key, and is nowhere but in the secret that the provider is given. */
export const keyText: string = "sk-conformance-8f3a1c77e2d94b60";

/** The moves that every test makes. */
export interface Bench {
  readonly provider: Provider;
  ask(asked: FakeContextOptions, stream: boolean, cancellation?: FakeCancellation): Promise<Reading>;
  /** Waits for the reading's end, then long enough to see a second one. */
  ended(reading: Reading): Promise<void>;
  /** Lets time pass until `condition` holds. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Lets time pass. */
  quiet(): Promise<void>;
  /** What a call fails with, whether at once or at the end of its stream. */
  failure(asked: FakeContextOptions, stream: boolean, what: string): Promise<unknown>;
  expectAborted(asked: FakeContextOptions, stream: boolean, cancellation: FakeCancellation): Promise<void>;
}

/** Puts a provider on the bench, with the clock that it was given. */
export function bench(provider: Provider, clock: FakeClock): Bench {
  /** A little time on both clocks: the injected one, and the real one that sockets live by. */
  async function tick() {
    await clock.advance(10);
    await new Promise<void>((resolve) => void setTimeout(resolve, 1));
  }

  async function until(condition: () => boolean, what: string) {
    let over = false;
    const waiting = (async () => {
      while (!condition() && !over) await tick();
    })();
    try {
      await within(waiting, what);
    } finally {
      over = true;
    }
  }

  async function quiet() {
    for (let turn = 0; turn < 15; turn++) await tick();
  }

  async function open(
    asked: FakeContextOptions,
    stream: boolean,
    cancellation: FakeCancellation,
  ): Promise<Answer> {
    const ctx = fakeAttempting({ ...asked, call: { ...asked.call, stream }, clock, cancellation });
    const opening = provider.open(ctx, fakeSecret(keyText));
    let settled = false;
    opening.then(() => settled = true, () => settled = true);
    await until(() => settled, "open");
    return opening;
  }

  async function ask(asked: FakeContextOptions, stream: boolean, cancellation = fakeCancellation()) {
    return readAnswer(await open(asked, stream, cancellation));
  }

  async function ended(reading: Reading) {
    await until(() => reading.ends.length > 0, "the answer's end");
    await quiet();
    assert.equal(reading.ends.length, 1, "exactly one end");
    assert.equal(reading.late, 0, "no parts after the end");
  }

  /** What a call fails with, whether its opening rejects or its stream ends badly. */
  function outcomeOf(
    asked: FakeContextOptions,
    stream: boolean,
    what: string,
    cancellation: FakeCancellation,
  ) {
    return failureOf(
      (async () => {
        const reading = await ask(asked, stream, cancellation);
        await ended(reading);
        const [outcome] = reading.ends;
        if (outcome !== undefined && outcome.status !== "ok") throw outcome.error;
      })(),
      what,
    );
  }

  return {
    provider,
    ask,
    ended,
    until,
    quiet,
    failure: (asked, stream, what) => outcomeOf(asked, stream, what, fakeCancellation()),
    async expectAborted(asked, stream, cancellation) {
      const error = await outcomeOf(asked, stream, "a cancelled call", cancellation);
      assert.ok(LoomError.is(error, "aborted"), `it should fail as aborted, not with ${String(error)}`);
    },
  };
}
