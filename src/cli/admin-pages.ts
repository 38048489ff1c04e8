/** The dashboard on the admin port of `loom serve`. */

import type { MakeAdminPages } from "../gateway/admin/admin-pages.ts";

/** @param notices what the page says above everything else */
export async function dashboardPages(notices: readonly string[] = []): Promise<MakeAdminPages> {
  const { createDashboard } = await import("../dashboard/create-dashboard.ts");
  return ({ loom, history, providers, path, key }) =>
    createDashboard({
      loom,
      history,
      providers,
      basePath: path,
      reach: "loopback",
      notices,
      ...(key === undefined ? {} : { key }),
    });
}
