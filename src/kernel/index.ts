/** The kernel's own door: compose, contexts, replies, ledger, events, disposal. */

export { abortedError, Canceller } from "./cancellation.ts";
export { orCancelled } from "../util/or-cancelled.ts";
export { commit } from "./commit.ts";
export { type Chain, compose } from "./compose.ts";
export { callKey } from "./call-key.ts";
export { attempting, callContext, type CallFrame, planned, shared, type SharedContext } from "./context.ts";
export { type Closable, Disposer } from "./disposer.ts";
export { EventBus } from "./events.ts";
export { CallLedger } from "./ledger.ts";
export { observe, type Observer, transform, type Transformer } from "./observe.ts";
export { isContent } from "../util/content.ts";
export { collect, discard, endedBy, replay, type ReplyHead, streamedReply, wholeReply } from "./reply.ts";
