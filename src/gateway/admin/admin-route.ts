/** One route of the admin side: what it is asked, and what it answers. */

import type { Json } from "../../contract/index.ts";

export interface AdminAnswered {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: Json;
  readonly text?: string;
}

export interface AdminRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `{id}` stands for one piece. */
  readonly path: string;
  /** Served without the admin key. */
  readonly open?: boolean;
  answer(request: AdminRequest): Promise<AdminAnswered> | AdminAnswered;
}

export interface AdminRequest {
  readonly id: string;
  readonly query: URLSearchParams;
  /** The parsed JSON; `undefined` when there was none. */
  readonly body: Json | undefined;
}
