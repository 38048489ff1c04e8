/** The configuration file as options of the gateway. */

import type { GatewayOptions, ModelOptions, RoutedProvider, RoutingRule, ServerOptions } from "../options.ts";
import type { ProviderWritten } from "./provider-schema.ts";
import type { RuleWritten } from "./routing-schema.ts";
import type { ConfigWritten, GatewayWritten } from "./schema.ts";
import { keysOf } from "./to-keys.ts";
import { defined, timeOf } from "./values.ts";

/** @param path makes the path of a file absolute */
export function gatewayOptionsOf(config: ConfigWritten, path: (file: string) => string): GatewayOptions {
  const written = config.ai_gateway ?? {};
  const { keys, streaming, admin, routing, files, batches, data_file: dataFile } = written;
  const paths = config.routes?.filter((route) => route.ai_gateway === true).map((route) => route.path);
  const server = serverOf(written, paths, path);
  const models = modelsOf(written);
  return defined({
    keys: keys && keysOf(keys, path),
    models: Object.keys(models).length === 0 ? undefined : models,
    streaming: streaming && defined({
      enabled: streaming.enabled,
      flushIntervalMs: timeOf(streaming, "flush_interval"),
      heartbeatMs: timeOf(streaming, "heartbeat"),
    }),
    server: Object.keys(server).length === 0 ? undefined : server,
    admin: admin && defined({
      enabled: admin.enabled,
      host: admin.host,
      port: admin.port,
      key: admin.key,
      openMetrics: admin.open_metrics,
    }),
    files: files && defined({
      maxFileBytes: files.max_file_bytes,
      maxTenantBytes: files.max_tenant_bytes,
      keepMs: timeOf(files, "keep"),
    }),
    batches: batches && defined({ concurrency: batches.concurrency }),
    rules: routing?.rules?.map(ruleOf),
    dataFile: dataFile === undefined ? undefined : path(dataFile),
  });
}

function serverOf(
  { server = {} }: GatewayWritten,
  paths: readonly string[] | undefined,
  path: (file: string) => string,
): ServerOptions {
  const { tls } = server;
  return defined({
    host: server.host,
    port: server.port,
    tls: tls && { certFile: path(tls.cert), keyFile: path(tls.key) },
    maxBodyBytes: server.max_body_bytes,
    requestTimeoutMs: timeOf(server, "request_timeout"),
    stalledClientMs: timeOf(server, "stalled_client"),
    maxInFlight: server.max_in_flight,
    drainMs: timeOf(server, "drain"),
    cors: server.cors,
    paths,
  });
}

/** Providers in the order of `routing`, by priority where they have one; those that it does not name come last. */
function modelsOf({ providers, routing, model_mapping: mapping }: GatewayWritten): ModelOptions {
  const routed = [...routing?.providers ?? []]
    .sort((a, b) => (a.priority ?? Infinity) - (b.priority ?? Infinity) || 0)
    .map(({ name }) => name);
  const entries = new Map((providers ?? []).map((provider) => [provider.name, provider]));
  const order = [...new Set([...routed, ...entries.keys()])];
  return defined({
    mapping,
    providers: order.length === 0 ? undefined : order.map((name) => routedOf(name, entries.get(name))),
  });
}

function routedOf(name: string, provider: ProviderWritten | undefined): RoutedProvider {
  const models = typeof provider?.models === "object" ? provider.models : undefined;
  const deployments = Object.keys(provider?.deployments ?? {});
  // The provider itself knows which deployment a model is; here it is a name like the others.
  const named = models === undefined && deployments.length === 0
    ? undefined
    : [...new Set([...models ?? [], ...deployments])];
  return { name, ...defined({ models: named }) };
}

function ruleOf({ when, use }: RuleWritten): RoutingRule {
  const { min_tokens: minTokens, max_tokens: maxTokens, header, ...names } = when;
  const headers = header &&
    Object.fromEntries(Object.entries(header).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    when: defined({ ...names, header: headers, minTokens, maxTokens }),
    use: typeof use === "string" ? [use] : use,
  };
}
