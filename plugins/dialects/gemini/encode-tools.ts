/** Encodes the tools of a call and the choice among them. */

import {
  type Attempting,
  type Body,
  type Json,
  type JsonObject,
  loomError,
  type Manifest,
  type Notice,
  type Tool,
} from "../../../src/plugin.ts";
import { familyOf, isThird } from "./family.ts";
import type { Flavour } from "./flavour.ts";

/** @throws LoomError, when a choice is made among no tools */
export function writeTools(
  ctx: Attempting,
  body: Body,
  manifest: Manifest,
  flavour: Flavour,
  notices: Notice[],
): void {
  const { tools = [], toolChoice } = ctx.call;
  const functions = tools.filter((tool) => tool.native === undefined);
  const natives = tools.flatMap((tool) => tool.native === undefined ? [] : [tool.native]);
  const listed: Json[] = Array.isArray(body["tools"]) ? [...body["tools"]] : [];
  if (functions.length > 0) listed.push({ functionDeclarations: functions.map(declaration) });
  // What Google runs by itself cannot be forbidden in any other way.
  if (toolChoice !== "none") listed.push(...natives);
  if (listed.length > 0) body["tools"] = listed;
  if (tools.length === 0 && listed.length === 0) {
    if (toolChoice === undefined || toolChoice === "auto" || toolChoice === "none") return;
    const { provider, model } = ctx.target;
    throw loomError("invalid-request", "toolChoice: there are no tools to choose from", {
      path: "toolChoice",
    }, { provider, model });
  }
  const made: Body = {};
  const calling = callingConfig(ctx, functions, manifest, notices);
  if (calling !== undefined) made["functionCallingConfig"] = calling;
  // Wanted for Google's own tools beside functions, which only generation 3 takes, and Vertex does not know the field.
  if (functions.length > 0 && natives.length > 0 && isThird(ctx.target.upstreamModel) && !flavour.vertex) {
    made["includeServerSideToolInvocations"] = true;
  }
  if (Object.keys(made).length === 0) return;
  body["toolConfig"] = { ...made, ...body["toolConfig"] as JsonObject | undefined };
}

function declaration(tool: Tool): Json {
  const encoded: Body = { name: tool.name };
  if (tool.description !== undefined) encoded["description"] = tool.description;
  if (tool.parameters !== undefined) encoded["parametersJsonSchema"] = tool.parameters;
  return { ...encoded, ...tool.extra };
}

function callingConfig(
  { call: { toolChoice }, target }: Attempting,
  functions: readonly Tool[],
  manifest: Manifest,
  notices: Notice[],
): Json | undefined {
  if (functions.length === 0) {
    if (toolChoice === "required" || typeof toolChoice === "object") {
      const message =
        `${manifest.label} decides by itself whether to use its own tools; the model was left to decide`;
      notices.push({ code: "tool-choice-weakened", message });
    }
    return undefined;
  }
  if (typeof toolChoice === "object") return { mode: "ANY", allowedFunctionNames: [toolChoice.tool] };
  if (toolChoice === "required") return { mode: "ANY" };
  if (toolChoice === "none") return { mode: "NONE" };
  const strict = functions.every((tool) => tool.strict === true) &&
    (familyOf(target.upstreamModel).generation ?? 0) >= 2.5;
  if (strict) return { mode: "VALIDATED" };
  return toolChoice === "auto" ? { mode: "AUTO" } : undefined;
}
