/** Signs requests with Amazon's Signature Version 4. */

import type { SignatureV4 } from "@smithy/signature-v4";
import {
  type Exchange,
  LoomError,
  loomError,
  type SignedHeaders,
  type UnsignedRequest,
} from "../../../src/plugin.ts";
import type { CredentialSource } from "./credentials.ts";
import { Sha256 } from "./sha256.ts";

/** The service's name in signatures, which is not that of its address. */
const service = "bedrock";

/** A request that carries a key of Bedrock already is left alone. */
export function signer(region: string | undefined, source: CredentialSource): NonNullable<Exchange["sign"]> {
  let loading: Promise<typeof SignatureV4> | undefined;
  return async (request) => {
    if (request.headers["authorization"] !== undefined) return {};
    if (region === undefined) throw noRegion();
    loading ??= load();
    const found = source();
    const credentials = found instanceof Promise ? await unlessAborted(found, request.signal) : found;
    const Signature = await loading;
    // Paths are escaped once more in what is signed, as every service but S3 wants it.
    const signature = new Signature({ service, region, credentials, sha256: Sha256, uriEscapePath: true });
    return await sign(signature, request);
  };
}

async function load(): Promise<typeof SignatureV4> {
  try {
    return (await import("@smithy/signature-v4")).SignatureV4;
  } catch (cause) {
    throw loomError(
      "plugin-invalid",
      'provider "bedrock" needs the package @smithy/signature-v4 to sign requests; run: npm install @smithy/signature-v4',
      { plugin: "provider/bedrock" },
      { cause },
    );
  }
}

async function sign(
  signature: SignatureV4,
  { method, url, headers, body }: UnsignedRequest,
): Promise<SignedHeaders> {
  const signed = await signature.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { ...headers, host: url.host },
    ...(body !== undefined && { body }),
  });
  const { host: _, ...proof } = signed.headers;
  return proof;
}

/** The caller may leave while credentials are fetched; others that wait for them do not. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () =>
      reject(LoomError.is(signal.reason) ? signal.reason : loomError("aborted", "the call was aborted", {}));
    if (signal.aborted) return leave();
    signal.addEventListener("abort", leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

function noRegion(): LoomError {
  return loomError(
    "config-invalid",
    "Amazon Bedrock: the region is missing; set providers.bedrock.options.region or AWS_REGION",
    { path: "providers.bedrock.options.region" },
  );
}
