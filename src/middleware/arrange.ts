/** Puts middlewares in order: by stage, and within a stage outside, in place of, or inside the built-in link. */

import type { Middleware, Stage } from "../contract/middleware.ts";
import { loomError } from "../errors/index.ts";

/** The stages, outermost first. */
export const stages: readonly Stage[] = [
  "telemetry",
  "cost",
  "resolve",
  "guard",
  "limit",
  "cache",
  "dedup",
  "failover",
  "breaker",
  "retry",
  "adapter",
];

/** The built-in link of each stage; a stage that has nothing to do in this configuration has none. */
export type BuiltIns = { readonly [S in Stage]?: Middleware<S> };

/**
 * Orders a chain. Within one stage those added first stand outermost.
 *
 * @throws LoomError `plugin-invalid`, on an unknown stage, a clash of names, or a `replaces` that names nobody
 */
export function arrange(builtIns: BuiltIns, added: readonly Middleware[]): readonly Middleware[] {
  const places = new Map<string, Middleware>();
  for (const builtIn of Object.values(builtIns)) places.set(builtIn.name, builtIn);
  for (const middleware of added) {
    check(middleware);
    const { name, replaces } = middleware;
    if (replaces !== undefined) {
      if (!places.delete(replaces) && !(stages as readonly string[]).includes(replaces)) {
        throw invalid(name, `replaces "${replaces}", but no middleware has that name`);
      }
    }
    if (places.has(name)) {
      throw invalid(
        name,
        `has a name that is taken; rename it, or say replaces: "${name}" to stand in for the other`,
      );
    }
    places.set(name, middleware);
  }
  return stages.flatMap((stage) => {
    const here = [...places.values()].filter((middleware) => middleware.stage === stage);
    const isBuiltIn = (middleware: Middleware) => Object.values(builtIns).includes(middleware as never);
    const inPlace = (middleware: Middleware) =>
      isBuiltIn(middleware) || (middleware.replaces !== undefined && !middleware.before && !middleware.after);
    const [first, second] = here.filter(inPlace);
    if (first !== undefined && second !== undefined) {
      throw invalid(
        second.name,
        `stands in the place of "${stage}", and so does "${first.name}"; keep one of them`,
      );
    }
    return [
      ...here.filter((middleware) => !inPlace(middleware) && !middleware.after),
      ...here.filter(inPlace),
      ...here.filter((middleware) => !inPlace(middleware) && middleware.after),
    ];
  });
}

function check(middleware: Middleware): void {
  const { name, stage, handle } = middleware;
  if (typeof name !== "string" || name === "") throw invalid("(unnamed)", "needs a name");
  if (!stages.includes(stage)) {
    throw invalid(name, `has the unknown stage "${String(stage)}"; stages are ${stages.join(", ")}`);
  }
  if (typeof handle !== "function") throw invalid(name, "needs a function handle(ctx, next)");
}

function invalid(name: string, problem: string): Error {
  return loomError("plugin-invalid", `middleware "${name}" ${problem}`, { plugin: name });
}

/** Judges middlewares by themselves, without the links that they may want to replace. @throws LoomError `plugin-invalid` */
export function arrangeAlone(added: readonly Middleware[]): void {
  arrange({}, added.map(({ replaces: _, ...rest }) => rest as Middleware));
}
