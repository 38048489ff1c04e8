/** A server that computes Tencent Cloud's signature of every request by itself, and refuses those whose signature is another. */

import { createHash, createHmac } from "node:crypto";
import { type Arrived, serve, type TestServer } from "../../../support/server.ts";

export const secretId = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE";
export const secretKey = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE";

/** Answers well signed requests with `answer`, others as Tencent does: with 200 and an error. */
export function serveTencent(
  answer: (arrived: Arrived, body: Record<string, unknown>) => object,
): Promise<TestServer> {
  return serve((arrived) => {
    const fault = faultOf(arrived);
    const response = fault === undefined
      ? answer(arrived, JSON.parse(arrived.body))
      : { Error: { Code: "AuthFailure.SignatureFailure", Message: fault } };
    arrived.response.writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ Response: { ...response, RequestId: "r-1" } }));
  });
}

/** cloud.tencent.com/document/api/1729/101843 */
function faultOf({ method, url, headers, body }: Arrived): string | undefined {
  const pattern =
    /^TC3-HMAC-SHA256 Credential=([^/]+)\/(\d{4}-\d\d-\d\d)\/(\w+)\/tc3_request, SignedHeaders=content-type;host, Signature=(\w{64})$/;
  const [, id, date = "", service = "", signature] = pattern.exec(headers["authorization"] ?? "") ?? [];
  if (id !== secretId) return `no signature: ${headers["authorization"]}`;
  const seconds = Number(headers["x-tc-timestamp"]);
  if (new Date(seconds * 1000).toISOString().slice(0, 10) !== date) return "the date is another";
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Uint8Array, text: string) => createHmac("sha256", key).update(text).digest();
  const host = String(headers["host"]).split(":")[0];
  const canonical = `${method}\n${url}\n\ncontent-type:${
    headers["content-type"]
  }\nhost:${host}\n\ncontent-type;host\n${hash(body)}`;
  const text = `TC3-HMAC-SHA256\n${seconds}\n${date}/${service}/tc3_request\n${hash(canonical)}`;
  const key = hmac(hmac(hmac(`TC3${secretKey}`, date), service), "tc3_request");
  return hmac(key, text).toString("hex") === signature ? undefined : "the signature is another";
}
