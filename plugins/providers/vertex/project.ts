/** Whose project is asked: named, or found out from the credentials with the first call. */

import { type Environment, loomError, type Provider } from "../../../src/plugin.ts";
import type { Credentials } from "./credentials.ts";

export function namedProject(
  options: { readonly project?: string | undefined },
  environment: Environment,
): string | undefined {
  return options.project ?? environment.get("GOOGLE_CLOUD_PROJECT") ?? environment.get("GCLOUD_PROJECT") ??
    environment.get("ANTHROPIC_VERTEX_PROJECT_ID");
}

/** @throws LoomError `config-invalid`, when the credentials know no project */
export async function projectOf(credentials: Pick<Credentials, "projectId">): Promise<string> {
  let cause: unknown;
  try {
    const found = await credentials.projectId();
    if (found) return found;
  } catch (error) {
    cause = error;
  }
  throw loomError(
    "config-invalid",
    "Vertex AI needs a project: set GOOGLE_CLOUD_PROJECT, or providers.vertex.options.project",
    { path: "providers.vertex.options.project" },
    { provider: "vertex", cause },
  );
}

/** A provider that looks like `shape` and is found with the first call; one that was not found is looked for again. */
export function foundLater(shape: Provider, find: () => Promise<Provider>): Provider {
  let found: Promise<Provider> | undefined;
  function get(): Promise<Provider> {
    found ??= find().catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  }
  // The search does not hear of a cancellation, so that the calls are watched.
  const { honoursCancellation: _, countTokens, contextCaches, ...rest } = shape;
  return {
    ...rest,
    open: async (ctx, key) => await (await get()).open(ctx, key),
    ...(countTokens === undefined ? {} : {
      countTokens: async (ctx, key) =>
        await ((await get()).countTokens as NonNullable<Provider["countTokens"]>)(ctx, key),
    }),
    ...(contextCaches === undefined ? {} : {
      contextCaches: {
        create: async (ctx, key, order) =>
          await ((await get()).contextCaches as NonNullable<Provider["contextCaches"]>).create(
            ctx,
            key,
            order,
          ),
        delete: async (ctx, key, id) =>
          await ((await get()).contextCaches as NonNullable<Provider["contextCaches"]>).delete(ctx, key, id),
      },
    }),
  };
}
