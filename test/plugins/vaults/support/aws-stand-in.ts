/**
 * AWS Secrets Manager on a loopback port: GetSecretValue in awsJson1_1 with signatures checked by hand (SigV4).
 * Source: aws/api-models-aws secrets-manager-2017-10-17.json @56c8953e; AWS General Reference, "Signature Version 4".
 */

import { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";
import { type Arrived, serve, type TestServer } from "../../../support/server.ts";

export interface AwsStandIn {
  readonly server: TestServer;
  readonly url: string;
  /** What is stored: a text, bytes, or an error by its type; `hang` never answers. */
  readonly secrets: Map<string, string | Uint8Array | AwsFault>;
  close(): Promise<void>;
}

export type AwsFault =
  | { readonly type: string; readonly status: number; readonly message: string }
  | "hang"
  | "garbage";

export interface AwsAccess {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export const access: AwsAccess = {
  accessKeyId: "AKIDLOOMTESTLOOMTEST",
  secretAccessKey: "loom/test/secret/access/key/0123456789ab",
  sessionToken: "loom-session-token",
};
export const region = "eu-central-1";
const maxSkewMs = 5 * 60_000;

export async function startAws(): Promise<AwsStandIn> {
  const secrets: AwsStandIn["secrets"] = new Map();
  const server = await serve((arrived) => answer(arrived, secrets));
  return { server, url: server.url, secrets, close: () => server.close() };
}

function answer(arrived: Arrived, secrets: AwsStandIn["secrets"]): void {
  const { method, url, headers, body } = arrived;
  if (method !== "POST" || url !== "/") return fail(arrived, 404, "UnknownOperationException", "wrong route");
  if (headers["content-type"] !== "application/x-amz-json-1.1") {
    return fail(arrived, 400, "SerializationException", `content type ${headers["content-type"]}`);
  }
  const problem = signatureProblem(arrived);
  if (problem !== undefined) return fail(arrived, 400, problem[0], problem[1]);
  if (headers["x-amz-target"] !== "secretsmanager.GetSecretValue") {
    return fail(arrived, 400, "UnknownOperationException", `target ${headers["x-amz-target"]}`);
  }
  const { SecretId: id } = JSON.parse(body) as { readonly SecretId?: unknown };
  if (typeof id !== "string" || id.length < 1 || id.length > 2048) {
    return fail(arrived, 400, "InvalidParameterException", "SecretId");
  }
  const found = secrets.get(id);
  if (found === "hang") return;
  if (found === "garbage") return send(arrived, 200, '{"SecretString":"sk-half-an-answ');
  if (found === undefined) {
    return fail(
      arrived,
      400,
      "ResourceNotFoundException",
      "Secrets Manager can't find the specified secret.",
    );
  }
  if (typeof found === "object" && "type" in found) {
    return fail(arrived, found.status, found.type, found.message);
  }
  send(
    arrived,
    200,
    JSON.stringify({
      ARN: `arn:aws:secretsmanager:${region}:123456789012:secret:${id}-a1b2c3`,
      Name: id,
      VersionId: "EXAMPLE1-90ab-cdef-fedc-ba987SECRET1",
      ...(typeof found === "string"
        ? { SecretString: found }
        : { SecretBinary: Buffer.from(found).toString("base64") }),
      VersionStages: ["AWSCURRENT"],
      CreatedDate: 1767225600.123,
    }),
  );
}

/** What is wrong with the signature, as the service names it. */
function signatureProblem(
  { headers, body }: Arrived,
): readonly [type: string, message: string] | undefined {
  const shape =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const parts = shape.exec(headers.authorization ?? "");
  if (parts === null) return ["IncompleteSignature", "no AWS4 signature"];
  const [, id, date = "", signedRegion = "", service = "", names = "", signature] = parts;
  if (id !== access.accessKeyId) {
    return ["UnrecognizedClientException", "The security token included in the request is invalid."];
  }
  if (headers["x-amz-security-token"] !== access.sessionToken) return ["ExpiredTokenException", "token"];
  if (signedRegion !== region || service !== "secretsmanager") {
    return ["InvalidSignatureException", "Credential should be scoped to a valid region."];
  }
  const signed = names.split(";");
  for (const needed of ["host", "x-amz-date", "x-amz-target"]) {
    if (!signed.includes(needed)) return ["InvalidSignatureException", `${needed} is not signed`];
  }
  const time = String(headers["x-amz-date"]);
  const at = Date.parse(
    time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (!(Math.abs(Date.now() - at) < maxSkewMs)) return ["InvalidSignatureException", "Signature expired"];
  const canonical = [
    "POST",
    "/",
    "",
    ...[...signed].sort().map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, " ")}`),
    "",
    [...signed].sort().join(";"),
    sha256(body),
  ].join("\n");
  const scope = `${date}/${signedRegion}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  let key: Uint8Array | string = `AWS4${access.secretAccessKey}`;
  for (const part of [date, signedRegion, service, "aws4_request"]) {
    key = new Uint8Array(createHmac("sha256", key).update(part).digest());
  }
  const expected = createHmac("sha256", key).update(toSign).digest("hex");
  if (expected === signature) return undefined;
  return ["InvalidSignatureException", "The request signature we calculated does not match."];
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function fail(arrived: Arrived, status: number, type: string, message: string): void {
  send(arrived, status, JSON.stringify({ __type: type, Message: message }));
}

function send({ response }: Arrived, status: number, body: string): void {
  response.writeHead(status, {
    "content-type": "application/x-amz-json-1.1",
    "x-amzn-requestid": "5e8ae9a6-0f4c-4a0e-9d4f-000000000001",
  });
  response.end(body);
}
