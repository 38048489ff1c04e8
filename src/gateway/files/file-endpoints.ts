/** `/v1/files`, in OpenAI's shapes. */

import type { Clock, JsonObject } from "../../contract/index.ts";
import type { PlainEndpoint } from "../server/gateway-handler.ts";
import type { StoredFile } from "./file-table.ts";
import type { Files } from "./files.ts";
import { pageOf, readPage } from "./page.ts";
import { sendFile } from "./send-file.ts";
import { tenantOf } from "./tenant.ts";
import { upload } from "./upload.ts";

const mostListed = 10_000;

/** @param files opened with the first request, where they are kept for the life of the process alone */
export function fileEndpoints(
  files: () => Promise<Files>,
  clock: Clock,
  stalledMs: number,
): readonly PlainEndpoint[] {
  return [
    {
      method: "POST",
      path: "/v1/files",
      answer: async (exchange, principal) => ({
        body: JSON.stringify(fileObject(await upload(exchange, tenantOf(principal), await files()))),
      }),
    },
    {
      method: "GET",
      path: "/v1/files",
      async answer({ query }, principal) {
        const asked = new URLSearchParams(query);
        const page = readPage(asked, mostListed, mostListed);
        const found = (await files()).list(tenantOf(principal), page, asked.get("purpose") ?? undefined);
        return { body: JSON.stringify(pageOf(found.map(fileObject), page.limit)) };
      },
    },
    {
      method: "GET",
      path: "/v1/files/{id}/content",
      async answer(_, principal, id) {
        const kept = await files();
        const file = kept.find(tenantOf(principal), id);
        return {
          body: (exchange, status, headers) =>
            sendFile(exchange, status, headers, file, kept.pathOf(file.id), clock, stalledMs),
        };
      },
    },
    {
      method: "GET",
      path: "/v1/files/{id}",
      answer: async (_, principal, id) => ({
        body: JSON.stringify(fileObject((await files()).find(tenantOf(principal), id))),
      }),
    },
    {
      method: "DELETE",
      path: "/v1/files/{id}",
      async answer(_, principal, id) {
        await (await files()).remove(tenantOf(principal), id);
        return { body: JSON.stringify({ id, object: "file", deleted: true }) };
      },
    },
  ];
}

function fileObject(file: StoredFile): JsonObject & { readonly id: string } {
  return {
    id: file.id,
    object: "file",
    bytes: file.bytes,
    created_at: file.createdAtS,
    expires_at: file.expiresAtS,
    filename: file.filename,
    purpose: file.purpose,
    status: "processed",
    status_details: null,
  };
}
