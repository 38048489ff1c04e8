/** Tencent's services that make pictures and films, and their actions. */

import type { Attempting } from "../../../src/plugin.ts";

export interface Service {
  /** The first word of its address, and its name in signatures. */
  readonly name: "hunyuan" | "aiart" | "vclm";
  readonly version: string;
  readonly submit: string;
  readonly query: string;
}

const image: Service = {
  name: "hunyuan",
  version: "2023-09-01",
  submit: "SubmitHunyuanImageJob",
  query: "QueryHunyuanImageJob",
};
const newImage: Service = {
  name: "aiart",
  version: "2022-12-29",
  submit: "SubmitTextToImageJob",
  query: "QueryTextToImageJob",
};
const video: Service = {
  name: "vclm",
  version: "2024-05-23",
  submit: "SubmitHunyuanToVideoJob",
  query: "DescribeHunyuanToVideoJob",
};

const services: readonly Service[] = [image, newImage, video];

/** Tencent names no model in these requests: the service is the model. HY-Image-3.0 is the one of `aiart`. */
export function serviceOf({ target: { modality, upstreamModel } }: Attempting): Service {
  if (modality === "video") return video;
  return /image-(?:v)?3/.test(upstreamModel) ? newImage : image;
}

/** The name that a signature needs, from the action of a request. */
export function serviceOfAction(action: string | undefined): string {
  return services.find(({ submit, query }) => action === submit || action === query)?.name ?? image.name;
}
