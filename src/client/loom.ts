/** Loom: the client. Opens itself with the first call; everything it holds ends with `close`. */

import type { Call } from "../contract/call.ts";
import type { EventListener, Events } from "../contract/events.ts";
import type { Middleware } from "../contract/middleware.ts";
import type { ModelEntry } from "../contract/catalog.ts";
import type { CallHistory } from "../contract/history.ts";
import type { ContextCache } from "../contract/operations.ts";
import type { Result } from "../contract/result.ts";
import { Catalog, type ModelFilter } from "../catalog/index.ts";
import { loomError, toLoomError } from "../errors/index.ts";
import { EventBus } from "../kernel/index.ts";
import { arrangeAlone } from "../middleware/arrange.ts";
import { consoleLogger } from "../runtime/console-logger.ts";
import type { Engine, Running, RunOptions } from "./engine.ts";
import type { Explanation } from "./explain.ts";
import type { BatchHandle, BatchOutcome, BatchRunOptions, BatchSubmitOptions } from "./batch.ts";
import { wholeResult } from "./call-result.ts";
import { callStream } from "./call-stream.ts";
import { limitsOf } from "./limits.ts";
import type { AccountStatus } from "./accounts/account.ts";
import type { ContextCacheRequest, CountedTokens } from "./operations.ts";
import { checkOptions, type LoomOptions } from "./options.ts";
import type { GenerateRequest } from "./generate-request.ts";
import { toCall } from "./request.ts";
import type { ResponseStream } from "./response-stream.ts";
import type { Router } from "./router.ts";
import type { Exact, ResultOf } from "./result-of.ts";
import { routingOf } from "./routing.ts";

/** A request whose candidates come from a router. */
export type RoutedRequest = Omit<GenerateRequest, "provider" | "model">;

/**
 * One client for every vendor and modality. Make one at start-up and keep it: it holds connections, caches and breakers.
 *
 * Construction is cheap and does no I/O; plugins and catalog load with the first call (or `await loom.open()`).
 *
 * @example
 * ```ts
 * import { Loom } from "loom-router";
 * await using loom = new Loom({ cache: { type: "memory", maxSize: 1000, ttl: 60 } });
 * const result = await loom.generate({ provider: "sandbox", model: "sandbox-small", prompt: "Say hi in five words." });
 * console.log(result.text, result.usage.inputTokens, result.cost.usd);
 * ```
 */
export class Loom {
  readonly #options: LoomOptions;
  readonly #catalog: Catalog;
  readonly #events: EventBus = new EventBus((error) => this.#report(error));
  readonly #added: Middleware[] = [];
  #engine: Engine | undefined;
  #opening: Promise<Engine> | undefined;
  #closing: Promise<void> | undefined;

  /** @throws LoomError `config-invalid`, naming the option */
  constructor(options: LoomOptions = {}) {
    checkOptions(options);
    this.#options = options;
    this.#catalog = options.catalog ?? new Catalog();
  }

  /**
   * A Loom that reads its keys from the environment and from `.env` of the working directory, as every Loom does; the name
   * is for readers. Options are those of the constructor.
   */
  static fromEnv(options: LoomOptions = {}): Loom {
    return new Loom(options);
  }

  /**
   * A Loom as a YAML file says: the constructor's options in snake_case, `${VAR}` and `${VAR:-default}` filled in.
   *
   * @throws LoomError `config-invalid`, naming file, line and what was expected
   */
  static async fromConfig(file: string): Promise<Loom> {
    const { readConfig } = await import("./config-file.ts");
    return new Loom(await readConfig(file));
  }

  /** Models and prices of this Loom; register more at any time. */
  get catalog(): Catalog {
    return this.#catalog;
  }

  /** Runs one call and gives its whole result. @throws LoomError, with the receipt in `trace` */
  async generate<const R extends GenerateRequest>(request: Exact<R, GenerateRequest>): Promise<ResultOf<R>> {
    const call = toCall(request, false);
    const engine = this.#engine ?? await this.#open();
    return await wholeResult(this.#run(engine, call, request)) as ResultOf<R>;
  }

  /** Runs one call and gives its parts as they arrive. Wrong requests throw at once, everything else rejects. */
  stream<const R extends GenerateRequest>(request: Exact<R, GenerateRequest>): ResponseStream<ResultOf<R>> {
    const call = toCall(request, true);
    return this.#stream(() => Promise.resolve(call), request) as ResponseStream<ResultOf<R>>;
  }

  /**
   * Sends a request to a router's candidates, in order, until one gives an answer that its validator takes.
   *
   * @throws LoomError `all-failed`, with every attempt and the answers that were turned down
   */
  async route<const R extends RoutedRequest>(
    router: Router,
    request: Exact<R, RoutedRequest>,
  ): Promise<ResultOf<R>> {
    const engine = this.#engine ?? await this.#open();
    const call = toCall(request, false, await routingOf(engine, router, request.modality));
    return await wholeResult(this.#run(engine, call, request)) as ResultOf<R>;
  }

  /** As `route`, streamed. With a validator the parts come when the answer was accepted. */
  routeStream<const R extends RoutedRequest>(
    router: Router,
    request: Exact<R, RoutedRequest>,
  ): ResponseStream<ResultOf<R>> {
    toCall(request, true, { candidates: router.candidates });
    const call = async () => {
      const engine = this.#engine ?? await this.#open();
      return toCall(request, true, await routingOf(engine, router, request.modality));
    };
    return this.#stream(call, request) as ResponseStream<ResultOf<R>>;
  }

  /** What would happen to a request: candidates, prices, cache and breakers. Nothing is sent or spent. */
  async explain(request: GenerateRequest): Promise<Explanation> {
    const call = toCall(request, false);
    const { explain } = await import("./explain.ts");
    return await explain(await this.engine(), call);
  }

  /**
   * How many tokens a request would have, by the vendor's own count.
   *
   * @throws LoomError `unsupported`, where the vendor cannot be asked that
   */
  async countTokens(request: GenerateRequest): Promise<CountedTokens> {
    const { countTokens } = await import("./operations.ts");
    return await countTokens(await this.engine(), request, this.#limits(request));
  }

  /**
   * Has the vendor keep the beginning of conversations, so that calls with `params: { cached_content: cache.id }` pay less
   * for it. Billed by time until it is deleted or expires.
   *
   * @throws LoomError `unsupported`, where the vendor keeps nothing, or by itself
   */
  async createContextCache(request: ContextCacheRequest): Promise<ContextCache> {
    const { createContextCache } = await import("./operations.ts");
    return await createContextCache(await this.engine(), request, this.#limits(request));
  }

  /** Has the vendor drop what it keeps; one that is gone already is no error. */
  async deleteContextCache(cache: Pick<ContextCache, "provider" | "model" | "id">): Promise<void> {
    const { deleteContextCache } = await import("./operations.ts");
    await deleteContextCache(await this.engine(), cache, this.#limits({}));
  }

  /**
   * Hands in many requests at once, to be answered within hours and for less; of as many vendors and models as you like.
   *
   * @throws LoomError `unsupported`, where a vendor takes no batches; with `data.batchId`, where only a part was handed in
   */
  async submitBatch<const R extends GenerateRequest>(
    requests: readonly R[],
    options?: BatchSubmitOptions,
  ): Promise<BatchHandle<ResultOf<R>>> {
    const { submitBatch } = await import("./batches.ts");
    return await submitBatch(this, requests, options) as BatchHandle<ResultOf<R>>;
  }

  /** A batch that was handed in before, here or elsewhere. With its `requests`, output schemas are checked as well. */
  async batch<const R extends GenerateRequest>(
    id: string,
    requests?: readonly R[],
  ): Promise<BatchHandle<ResultOf<R>>> {
    const { pickUpBatch } = await import("./batches.ts");
    return pickUpBatch(this, id, requests) as BatchHandle<ResultOf<R>>;
  }

  /** `submitBatch`, `wait` and `results` in one; the deadline is that of the wait. */
  async runBatch<const R extends GenerateRequest>(
    requests: readonly R[],
    options?: BatchRunOptions,
  ): Promise<readonly BatchOutcome<ResultOf<R>>[]> {
    const { runBatch } = await import("./batches.ts");
    return await runBatch(this, requests, options) as readonly BatchOutcome<ResultOf<R>>[];
  }

  /** Adds a middleware to the chain; calls under way are not changed. @throws LoomError `plugin-invalid` */
  use(middleware: Middleware): this {
    const added = [...this.#added, middleware];
    // Before opening nobody knows the other links, and only the middlewares themselves can be judged.
    if (this.#engine === undefined) arrangeAlone(added);
    else this.#engine.compose(added);
    this.#added.push(middleware);
    return this;
  }

  /** Listens to what happens; gives a function that stops it. A listener that throws harms no call. */
  on<K extends keyof Events>(type: K, listener: EventListener<K>): () => void {
    return this.#events.on(type, listener);
  }

  /** Every model of the catalog, vendor by vendor. */
  models(filter?: ModelFilter): Promise<readonly ModelEntry[]> {
    return this.#catalog.models(filter);
  }

  /**
   * How a provider's accounts are: health, counts, last error. A provider with one key has one account, `default`.
   *
   * @throws LoomError `model-not-found`, when there is no such provider
   */
  async accounts(provider: string): Promise<readonly AccountStatus[]> {
    const { providers } = (await this.engine()).opened;
    return await (await providers.get(provider)).accounts();
  }

  /** Calls of the past, from the first sink that can be asked for them, such as `memory` or `sqlite`; else `undefined`. */
  async history(): Promise<CallHistory | undefined> {
    return (await this.engine()).opened.sinks.history;
  }

  /** Loads plugins and catalog now, so that configuration faults show before the first call. */
  async open(): Promise<this> {
    await this.#open();
    return this;
  }

  /** The chain, plugins and keys as they are, for `loom doctor`. */
  async engine(): Promise<Engine> {
    if (this.#closing !== undefined) throw closed();
    return this.#engine ?? await this.#open();
  }

  /** Settles when sinks and caches have written what they hold. */
  async flush(): Promise<void> {
    const engine = this.#engine;
    if (engine === undefined) return;
    await engine.opened.cache?.idle();
    await engine.opened.sinks.flush();
  }

  /** Aborts what is running, writes what is pending, lets go of everything. Safe to call twice. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const engine = this.#engine ?? await this.#opening?.catch(() => undefined);
    if (engine === undefined) return;
    engine.cancelAll(closed());
    try {
      await this.flush();
    } finally {
      for (const middleware of this.#added) engine.opened.disposer.add(middleware);
      await engine.opened.disposer.close();
    }
  }

  /** A listener's own fault: said, because nobody else would, and kept away from the call. */
  #report(error: unknown): void {
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    (this.#engine?.opened.logger ?? consoleLogger()).error("a listener of this Loom threw", text);
  }

  /** One opening for all who wait; a failed one may be tried again, since what was wrong may have been the network. */
  #open(): Promise<Engine> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    return this.#opening ??= import("./engine.ts")
      .then(({ openEngine }) => openEngine(this.#options, this.#catalog, this.#events, this.#added))
      .then((engine) => this.#engine = engine)
      .catch((error) => {
        this.#opening = undefined;
        throw toLoomError(error, "opening this Loom");
      });
  }

  #run(engine: Engine, call: Call, request: RoutedRequest): Running {
    if (this.#closing !== undefined) throw closed();
    return engine.run(call, this.#limits(request));
  }

  #limits(request: Parameters<typeof limitsOf>[0]): RunOptions {
    return limitsOf(request, this.#options.timeouts?.totalMs);
  }

  #stream(makeCall: () => Promise<Call>, request: RoutedRequest): ResponseStream<Result> {
    return callStream(async () => {
      const call = await makeCall();
      const engine = this.#engine ?? await this.#open();
      return () => this.#run(engine, call, request);
    });
  }
}

function closed(): Error & Parameters<Running["cancel"]>[0] {
  return loomError("closed", "this Loom was closed", {});
}
