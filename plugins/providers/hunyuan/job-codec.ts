/** Pictures and films: a job is submitted, asked for until it is done, and its results are addresses. */

import {
  asFields,
  asList,
  asText,
  type Attempting,
  type Codec,
  type Decoded,
  type ErrorDecoder,
  errorDecoder,
  type Fields,
  type Json,
  LoomError,
  loomError,
  type Manifest,
  type Part,
  type Pending,
  type WireReplyHead,
  type WireRequest,
} from "../../../src/plugin.ts";
import { jobFault, responseOf } from "./job-errors.ts";
import { submission } from "./submission.ts";
import { type Service, serviceOf } from "./service.ts";

/** Questions that may go unanswered in a row. */
const maxLost = 10;

/** `ownHosts`: each service has its own address; otherwise all are asked at the base URL. */
export function jobCodec(manifest: Manifest, region: string, ownHosts: boolean): Codec {
  const errors = errorDecoder(manifest);

  function request(service: Service, action: string, body: Json): WireRequest {
    return {
      method: "POST",
      path: ownHosts ? `https://${service.name}.tencentcloudapi.com/` : "/",
      headers: { "x-tc-action": action, "x-tc-version": service.version, "x-tc-region": region },
      body: JSON.stringify(body),
      stream: false,
    };
  }

  /** `lost`: answers in a row that said nothing of the job. */
  function waiting(next: WireRequest, jobId: string, lost: number): Pending {
    const decode = (answer: unknown, head: WireReplyHead): Decoded => {
      try {
        return result(answer as Json, head, jobId, errors) ?? waiting(next, jobId, 0);
      } catch (error) {
        // Tencent says with status 200 that it is busy; the job goes on all the same.
        if (lost >= maxLost || !LoomError.is(error, "rate-limited", "overloaded")) throw error;
        return waiting(next, jobId, lost + 1);
      }
    };
    return { next, jobId, decode };
  }

  return {
    modalities: ["image", "video"],
    encode(ctx) {
      const service = serviceOf(ctx);
      const { body, notices } = submission(ctx, service);
      return {
        ...request(service, service.submit, body),
        once: true,
        ...(notices.length > 0 && { warnings: notices }),
      };
    },
    decode(body, head) {
      const jobId = asText(responseOf(body, head, errors)["JobId"]);
      if (jobId === undefined) throw errors.notAnAnswer(head, "it has no `JobId`");
      const service = serviceOf(head.ctx);
      const next = request(service, service.query, { JobId: jobId });
      return waiting(next, jobId, 0);
    },
    decodeStream: ({ ctx }) => {
      throw noStream(ctx);
    },
    decodeError: (head, body) => errors.fromBody(head, body),
  };
}

/** Words and numbers of the services for the same thing. */
const done: ReadonlySet<string> = new Set(["5", "DONE"]);
const failed: ReadonlySet<string> = new Set(["4", "FAIL"]);

/** The parts of a job that is done. `undefined`: it is not yet. @throws LoomError, when it failed */
function result(
  body: Json,
  head: WireReplyHead,
  jobId: string,
  errors: ErrorDecoder,
): readonly Part[] | undefined {
  const response = responseOf(body, head, errors);
  const status = String(response["JobStatusCode"] ?? response["Status"] ?? "");
  if (failed.has(status)) {
    const code = response["JobErrorCode"] ?? response["ErrorCode"];
    throw errors.fromFault(head, jobFault(code, response["JobErrorMsg"] ?? response["ErrorMessage"]));
  }
  if (!done.has(status)) return undefined;
  const made = media(response);
  if (made.length === 0) throw errors.notAnAnswer(head, "the job is done and has no results");
  const images = made.filter(({ type }) => type === "image").length;
  return [
    { type: "response", id: jobId },
    ...made,
    { type: "usage", usage: { ...nothing, ...(images > 0 && { images }) } },
    { type: "raw", value: body },
  ];
}

const nothing = {
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  totalTokens: 0,
};

/** Of several pictures some may have failed; `ResultDetails` says which. */
function media(response: Fields): Part[] {
  const film = asText(response["ResultVideoUrl"]);
  if (film !== undefined) return [{ type: "video", url: film }];
  const details = asList(response["ResultDetails"]) ?? [];
  return (asList(response["ResultImage"]) ?? []).flatMap((entry, index): Part[] => {
    const url = asText(entry);
    if (url !== undefined) return [{ type: "image", url }];
    const why = asText(details[index]) ?? asText(asFields(details[index])?.["Message"]) ??
      "no reason was given";
    return [{ type: "warning", code: "image-missing", message: `picture ${index + 1} was not made: ${why}` }];
  });
}

function noStream({ target }: Attempting): Error {
  return loomError(
    "unsupported",
    "Tencent Hunyuan does not stream pictures or films",
    { feature: "streams" },
    {
      provider: target.provider,
      model: target.model,
    },
  );
}
