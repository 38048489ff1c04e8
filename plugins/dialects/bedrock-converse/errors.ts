/** Amazon's complaints: `{"message"}` with the type in a header, in `__type`, or in the head of a stream's frame. */

import {
  asFields,
  asText,
  type ErrorCode,
  type ErrorDecoder,
  errorDecoder,
  type Fault,
  faultOf,
  faultOfText,
  type Fields,
  header,
  type LoomError,
  type Manifest,
  type WireReplyHead,
} from "../../../src/plugin.ts";

export interface BedrockErrors extends ErrorDecoder {
  /** The error in an event or a body, whatever its status. */
  fromFields(head: WireReplyHead, fields: Fields): LoomError;
  /** Throws what a body with a good status complains of. */
  refuse(body: Fields, head: WireReplyHead): void;
}

/** docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html, and the errors of Converse and InvokeModel. */
const codes: Readonly<Record<string, ErrorCode>> = {
  AccessDeniedException: "permission-denied",
  NotAuthorized: "permission-denied",
  OptInRequired: "permission-denied",
  ExpiredTokenException: "auth-rejected",
  ExpiredToken: "auth-rejected",
  IncompleteSignature: "auth-rejected",
  InvalidClientTokenId: "auth-rejected",
  InvalidSignatureException: "auth-rejected",
  MissingAuthenticationTokenException: "auth-rejected",
  MissingAuthenticationToken: "auth-rejected",
  RequestExpired: "auth-rejected",
  UnrecognizedClientException: "auth-rejected",
  ThrottlingException: "rate-limited",
  ServiceQuotaExceededException: "quota-exhausted",
  ServiceUnavailableException: "overloaded",
  ModelNotReadyException: "overloaded",
  ModelErrorException: "provider-failed",
  ModelStreamErrorException: "provider-failed",
  ModelTimeoutException: "provider-failed",
  InternalServerException: "provider-failed",
  InternalFailure: "provider-failed",
  ResourceNotFoundException: "model-not-found",
  UnknownOperationException: "model-not-found",
};

/** Bedrock calls a model that is not there, or not there in this way, a mistake in the request. */
const noModel = new RegExp(
  "model identifier is invalid|with on-demand throughput isn.t supported|reached the end of its life|" +
    "model version is (legacy|deprecated)|provided model doesn.t support|model is not supported in this region",
  "i",
);
/** A day's allowance is not filled again soon, though Amazon words it like a limit per minute. */
const spentDay = /too many tokens per day/i;
/** Keys of Bedrock that are wrong are told of as missing rights. */
const badKey = /api key is valid|bearer token|security token|authentication failed|not authenticated/i;

export function bedrockErrors(manifest: Manifest): BedrockErrors {
  const errors = errorDecoder({
    ...manifest,
    errors: { ...manifest.errors, codes: { ...codes, ...manifest.errors?.codes } },
  });

  function fromFields(head: WireReplyHead, fields: Fields): LoomError {
    return errors.fromFault(
      head,
      typed(faultOf(fields) ?? faultOfText(""), typeOf(head, fields), head, fields),
    );
  }

  return {
    ...errors,
    fromFields,
    fromBody(head, body) {
      const fields = parsed(body);
      return fields === undefined
        ? errors.fromFault(head, typed(faultOfText(body), typeOf(head, {}), head, {}))
        : fromFields(head, fields);
    },
    refuse(body, head) {
      const coral = asFields(body["Output"]);
      const said = coral?.["__type"] !== undefined ? coral : body;
      const bad = said["__type"] !== undefined ||
        (body["output"] === undefined && typeof (body["message"] ?? body["Message"]) === "string");
      if (bad) throw fromFields(head, said);
    },
  };
}

function parsed(body: string): Fields | undefined {
  try {
    return asFields(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/** `ThrottlingException`, from `ThrottlingException:http://…`, `com.amazon.coral#ThrottlingException` and `throttlingException`. */
function typeOf(head: WireReplyHead, fields: Fields): string | undefined {
  const said = asText(fields["__type"]) ?? header(head.headers, "x-amzn-errortype") ?? asText(fields["code"]);
  const bare = said?.split(":")[0]?.split("#").at(-1)?.trim();
  return bare === undefined || bare === "" ? undefined : bare.charAt(0).toUpperCase() + bare.slice(1);
}

function typed(fault: Fault, type: string | undefined, head: WireReplyHead, fields: Fields): Fault {
  const message = fault.message ?? asText(fields["Message"]) ?? asText(fields["originalMessage"]);
  const text = message ?? "";
  let code = type;
  if (noModel.test(text)) code = "model_not_found";
  else if (spentDay.test(text)) code = "ServiceQuotaExceededException";
  else if (type === "AccessDeniedException" && badKey.test(text)) code = "ExpiredTokenException";
  const status = fields["originalStatusCode"];
  return {
    ...fault,
    message,
    code,
    type,
    words: [text, code, type].filter((word) => word !== undefined).join(" | ").toLowerCase(),
    status: typeof status === "number" ? status : fault.status,
    requestId: header(head.headers, "x-amzn-requestid") ?? fault.requestId,
  };
}
