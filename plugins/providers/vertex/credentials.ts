/** Google's credentials, through Google's own library: those of a file, or what its search for default credentials finds. */

import { readFile } from "node:fs/promises";
import type { AuthClient } from "google-auth-library";

/** What of the library is used. */
export interface Credentials {
  /** Finds the credentials, once. */
  client(): Promise<Pick<AuthClient, "getRequestHeaders" | "credentials">>;
  projectId(): Promise<string | null | undefined>;
}

export interface CredentialOptions {
  /** A file, of any kind that Google knows. Absent: the library's own search. */
  readonly file?: string | undefined;
  readonly quotaProject?: string | undefined;
  /** How the library sends its requests. Default: the runtime's fetch. */
  readonly fetch?: typeof fetch | undefined;
}

const scopes = "https://www.googleapis.com/auth/cloud-platform";

type Library = typeof import("google-auth-library");
type Settings = Readonly<Record<string, unknown>>;

export async function openCredentials(
  { file, quotaProject, fetch }: CredentialOptions,
): Promise<Credentials> {
  const library = await import("google-auth-library");
  const settings: Settings = {
    ...(quotaProject === undefined ? {} : { quotaProjectId: quotaProject }),
    ...(fetch === undefined ? {} : { transporterOptions: { fetchImplementation: fetch } }),
  };
  return file === undefined ? searched(library, settings) : fromFile(library, file, settings);
}

function searched({ GoogleAuth }: Library, clientOptions: Settings): Credentials {
  const auth = new GoogleAuth({ scopes, clientOptions });
  return { client: once(() => auth.getClient()), projectId: () => auth.getProjectId() };
}

/** The library reads files by itself, but with a warning on standard error for every kind of them. */
function fromFile(library: Library, file: string, settings: Settings): Credentials {
  const read = once(async () => JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>);
  return {
    client: once(async () => clientOf(library, await read(), file, settings)),
    projectId: async () => (await read())["project_id"] as string | undefined,
  };
}

/** Rarer kinds (impersonation, on-premises) are left to the library, warning and all. */
async function clientOf(
  library: Library,
  json: Record<string, unknown>,
  file: string,
  settings: Settings,
): Promise<AuthClient> {
  switch (json["type"]) {
    case "service_account": {
      const client = new library.JWT({ ...settings, scopes });
      client.fromJSON(json);
      return withQuota(client, json, settings);
    }
    case "authorized_user": {
      const client = new library.UserRefreshClient(settings);
      client.fromJSON(json);
      return withQuota(client, json, settings);
    }
    case "external_account": {
      const client = library.ExternalAccountClient.fromJSON(
        { ...json, ...settings, scopes: [scopes] } as never,
      );
      if (client !== null) return client;
    }
  }
  return await new library.GoogleAuth({ scopes, keyFilename: file, clientOptions: settings }).getClient();
}

/** The file's own quota project counts only where none was configured. */
function withQuota(client: AuthClient, json: Record<string, unknown>, settings: Settings): AuthClient {
  const named = settings["quotaProjectId"] ?? json["quota_project_id"];
  if (typeof named === "string") client.quotaProjectId = named;
  return client;
}

/** A promise that is made once; one that failed is made again: what was missing may be there since. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
