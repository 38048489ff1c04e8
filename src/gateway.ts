/**
 * The door of the gateway: `loom-router/gateway`. One HTTP server, or one `fetch` handler, in front of every vendor; and the
 * dashboard, for any host.
 *
 * @module
 */

export { createDashboard } from "./dashboard/create-dashboard.ts";
export type { Dashboard, DashboardOptions } from "./dashboard/options.ts";
export { createGateway, type Gateway } from "./gateway/create-gateway.ts";
export type {
  AdminOptions,
  BatchesOptions,
  FilesOptions,
  GatewayOptions,
  JwtOptions,
  KeyOptions,
  KeysOptions,
  Limits,
  ModelOptions,
  RoutedProvider,
  RoutingRule,
  ServerOptions,
  StreamingOptions,
} from "./gateway/options.ts";
export type { Listening, ListenOptions } from "./gateway/server/listen.ts";
