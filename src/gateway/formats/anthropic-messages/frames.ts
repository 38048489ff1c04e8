/** The events of a streamed answer, as text. What is the same in all events of a kind is built once. */

import type { Json } from "../../../contract/index.ts";

/** One event. */
export function frame(type: string, fields: Readonly<Record<string, Json>>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

/** Said while the vendor thinks, so that nobody takes the connection for dead. */
export const ping = 'event: ping\ndata: {"type": "ping"}\n\n';
export const messageStop = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';

/** How the pieces of a block begin; `deltaEnd` ends each. Only the text between them is new. */
export function deltaHead(index: number, type: string, field: string): string {
  const open = `{"type":"content_block_delta","index":${index},"delta":{"type":"${type}","${field}":`;
  return `event: content_block_delta\ndata: ${open}`;
}
export const deltaEnd = "}}\n\n";

export function blockStop(index: number): string {
  return `event: content_block_stop\ndata: {"type":"content_block_stop","index":${index}}\n\n`;
}
