/** A server that computes Amazon's signature of every request by itself, and refuses those whose signature is another. */

import { createHash, createHmac } from "node:crypto";
import { type Arrived, serve, type TestServer } from "../../../support/server.ts";

export interface SignedPlace {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Answers well signed requests as `answer` says, others with 403. */
export function serveSigned(place: SignedPlace, answer: (arrived: Arrived) => void): Promise<TestServer> {
  return serve((arrived) => {
    const fault = faultOf(arrived, place);
    if (fault === undefined) return answer(arrived);
    arrived.response.writeHead(403, {
      "content-type": "application/json",
      "x-amzn-errortype": "InvalidSignatureException",
    }).end(JSON.stringify({ message: fault }));
  });
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Uint8Array, text: string) => createHmac("sha256", key).update(text).digest();

/** docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function faultOf({ method, url, headers, body }: Arrived, place: SignedPlace): string | undefined {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const found = pattern.exec(headers["authorization"] ?? "");
  if (found === null) return `no signature: ${headers["authorization"]}`;
  const [, keyId, day = "", region, service, names = "", signature] = found;
  if (keyId !== place.accessKeyId || region !== place.region || service !== "bedrock") {
    return "the scope is another";
  }
  if (headers["x-amz-security-token"] !== place.sessionToken) return "the session token is another";
  for (const needed of ["host", "x-amz-date", "content-type"]) {
    if (!names.split(";").includes(needed)) return `${needed} is not signed`;
  }
  const date = String(headers["x-amz-date"]);
  if (
    Math.abs(Date.now() - Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"))) >
      300_000
  ) {
    return "the clock is wrong";
  }
  const hash = sha256(body);
  if (headers["x-amz-content-sha256"] !== undefined && headers["x-amz-content-sha256"] !== hash) {
    return "the body's hash is another";
  }
  const [path = "", query = ""] = url.split("?");
  const canonical = [
    method,
    path.split("/").map((segment) => encodeURIComponent(segment)).join("/"),
    query,
    ...names.split(";").map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, " ")}`),
    "",
    names,
    hash,
  ].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  const key = [region, service, "aws4_request"].reduce<Uint8Array>(
    (last, part) => hmac(last, part),
    hmac(`AWS4${place.secretAccessKey}`, day),
  );
  return hmac(key, text).toString("hex") === signature ? undefined : "the signature is another";
}
