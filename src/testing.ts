/**
 * The door for tests of plugins and of programs that use Loom: `loom-router/testing`. One conformance suite per kind of
 * plugin, which bundled plugins pass too, a fake vendor, a fake clock and fake contexts.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { sinkSuite } from "loom-router/testing";
 * let count = 0;
 * sinkSuite(test, () => {
 *   count = 0;
 *   return { write: () => void count++ };
 * }, { arrived: () => count });
 * ```
 *
 * @module
 */

export { type CacheSetup, cacheSuite, type CacheSuiteOptions } from "./testing/cache-suite.ts";
export { dialectSuite, type DialectSuiteOptions } from "./testing/dialect-suite.ts";
export { type FakeClock, fakeClock } from "./testing/fake-clock.ts";
export {
  fakeAttempting,
  fakeCall,
  type FakeCancellation,
  fakeCancellation,
  fakeContext,
  type FakeContextOptions,
  fakePlanned,
  fakeTarget,
} from "./testing/fake-context.ts";
export { fakeSecret } from "./testing/fake-secret.ts";
export { type FakeVendor, startFakeVendor } from "./testing/fake-vendor.ts";
export { historySuite, type HistorySuiteOptions } from "./testing/history-suite.ts";
export { type ProviderSetup, providerSuite, type ProviderSuiteOptions } from "./testing/provider-suite.ts";
export { readAnswer, type Reading, textOf } from "./testing/reading.ts";
export { fakeRecord, sinkSuite, type SinkSuiteOptions } from "./testing/sink-suite.ts";
export { type StoreSetup, storeSuite, type StoreSuiteOptions } from "./testing/store-suite.ts";
export { type StrategySetup, strategySuite, type StrategySuiteOptions } from "./testing/strategy-suite.ts";
export type { TestFunction } from "./testing/suite.ts";
export { vaultSuite, type VaultSuiteOptions } from "./testing/vault-suite.ts";
export {
  behave,
  type ControlledStream,
  controlledStream,
  type StreamScript,
} from "./testing/vendor-behaviours.ts";
export type { Behaviour, VendorRequest } from "./testing/vendor-wire.ts";
export { jsonOf, partsOf, pendingOf } from "./testing/wire-reading.ts";
