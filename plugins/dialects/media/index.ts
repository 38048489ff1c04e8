/** Pictures, films, sounds and rankings of vendors whose manifests describe them under `media`. It speaks nothing by itself. */

import {
  type Attempting,
  definePlugin,
  type Dialect,
  type ErrorDecoder,
  errorDecoder,
  loomError,
  type Manifest,
  type ManifestMedia,
  type MediaModality,
  type Plugin,
} from "../../../src/plugin.ts";
import { type Plan, planOf } from "./plan.ts";

/** The plans for some models. */
interface Plans {
  readonly fits: (model: string) => boolean;
  readonly plain: Plan;
  /** For calls with pictures, where the vendor wants them asked otherwise. */
  readonly edit: Plan;
}

const dialect: Dialect = {
  codec(manifest: Manifest) {
    const errors = errorDecoder(manifest);
    const described = Object.entries(manifest.media ?? {}) as [MediaModality, ManifestMedia][];
    const plans = new Map<string, readonly Plans[]>(
      described.map(([modality, media]) => [modality, plansOf(manifest, modality, media, errors)]),
    );

    function planFor({ call, target }: Attempting): Plan {
      const found = plans.get(target.modality)?.find(({ fits }) => fits(target.upstreamModel));
      if (found !== undefined) return (call.images?.length ?? 0) > 0 ? found.edit : found.plain;
      const { provider, model, modality } = target;
      const message = `${manifest.label} cannot do ${modality}`;
      throw loomError("unsupported", message, { feature: modality }, { provider, model });
    }

    return {
      // The manifest's `media` says what there is; a dialect beside it may do the rest.
      modalities: [],
      encode: (ctx) => planFor(ctx).encode(ctx),
      decode: (body, head) => planFor(head.ctx).decode(body, head),
      decodeBytes: (body, head) => planFor(head.ctx).decodeBytes(body, head),
      decodeStream: (head) => {
        throw errors.notAnAnswer(head, "a stream of events, which nobody asked for");
      },
      decodeError: (head, body) => errors.fromBody(head, body),
    };
  },
};

/** Plans for special models first, then for all. */
function plansOf(
  manifest: Manifest,
  modality: MediaModality,
  { variants = [], ...media }: ManifestMedia,
  errors: ErrorDecoder,
): readonly Plans[] {
  const make = ({ edit, ...form }: ManifestMedia, models: readonly string[]): Plans => {
    const plain = planOf(manifest, modality, form, errors);
    const other = edit === undefined ? plain : planOf(manifest, modality, { ...form, ...edit }, errors);
    return { fits: fitting(models), plain, edit: other };
  };
  const special = variants.map(({ models, ...change }) => make({ ...media, ...change }, models));
  return [...special, make(media, ["*"])];
}

/** `*` in a name stands for anything. */
function fitting(models: readonly string[]): (model: string) => boolean {
  const patterns = models.map((name) => name.split("*").map((piece) => piece.replace(/[^\w/-]/g, "\\$&")));
  const tests = patterns.map((pieces) => new RegExp(`^${pieces.join(".*")}$`, "s"));
  return (model) => tests.some((pattern) => pattern.test(model));
}

const plugin: Plugin<"dialect", void> = definePlugin({
  api: 1,
  kind: "dialect",
  id: "media",
  make: () => dialect,
});
export default plugin;
