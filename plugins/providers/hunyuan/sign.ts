/** Signs requests with TC3-HMAC-SHA256 (cloud.tencent.com/document/api/1729/101843). */

import { createHash, createHmac } from "node:crypto";
import type { Clock, Exchange, Keys, Secret, SignedHeaders, UnsignedRequest } from "../../../src/plugin.ts";
import { serviceOfAction } from "./service.ts";

const provider = "hunyuan";

export interface TencentCredentials {
  readonly secretId: string;
  readonly secretKey: string;
  /** Of credentials for a while. */
  readonly token?: string | undefined;
}

export function signer(keys: Keys, clock: Clock): NonNullable<Exchange["sign"]> {
  return async (request) => {
    const { signal } = request;
    const need = async (name: string): Promise<string> => {
      const found = await keys.find([name], { provider, signal }) as Secret;
      return found.reveal();
    };
    const token = await keys.find(["TENCENTCLOUD_SESSION_TOKEN"], { provider, signal, optional: true });
    const credentials: TencentCredentials = {
      secretId: await need("TENCENTCLOUD_SECRET_ID"),
      secretKey: await need("TENCENTCLOUD_SECRET_KEY"),
      token: token?.reveal(),
    };
    return signed(request, credentials, Math.floor(clock.now() / 1000));
  };
}

/** The headers that prove who asks, at this second. */
export function signed(
  { method, url, headers, body = "" }: Omit<UnsignedRequest, "signal">,
  { secretId, secretKey, token }: TencentCredentials,
  timestamp: number,
): SignedHeaders {
  const names = "content-type;host";
  const canonical = [
    method,
    url.pathname,
    url.search.slice(1),
    // Byte for byte what is sent; the port is no part of the host here.
    `content-type:${headers["content-type"]}`,
    `host:${url.hostname}`,
    "",
    names,
    sha256(body),
  ].join("\n");
  const date = new Date(timestamp * 1000).toISOString().slice(0, 10);
  const scope = `${date}/${serviceOfAction(headers["x-tc-action"])}/tc3_request`;
  const text = ["TC3-HMAC-SHA256", String(timestamp), scope, sha256(canonical)].join("\n");
  const key = scope.split("/").reduce<string | Uint8Array>(
    (last, word) => hmac(last, word),
    `TC3${secretKey}`,
  );
  const signature = createHmac("sha256", key).update(text).digest("hex");
  return {
    "authorization":
      `TC3-HMAC-SHA256 Credential=${secretId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    "x-tc-timestamp": String(timestamp),
    ...(token !== undefined && { "x-tc-token": token }),
  };
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Uint8Array, text: string): Uint8Array {
  return createHmac("sha256", key).update(text).digest();
}
