/** The vault `file`: a directory with one file per secret, as Docker and Kubernetes mount them, or one JSON or `.env` file. */

import { join } from "node:path";
import { z } from "zod";
import { definePlugin, type Plugin } from "../../../src/plugin.ts";
import { readField } from "./fields.ts";
import { readSecretFile } from "./secret-file.ts";

export interface FileVaultOptions {
  /** Holds one file per secret, named like the secret. */
  readonly directory?: string | undefined;
  /** One file with all secrets: JSON when it ends in `.json`, lines of `NAME=value` otherwise. */
  readonly path?: string | undefined;
  /** Takes files that others may read, too: Docker and Kubernetes mount them so by default. Default false. */
  readonly allowLooseModes: boolean;
  /** How long Loom uses a secret before it reads the file again. Default 300,000. */
  readonly ttlMs: number;
}

const options = z.strictObject({
  directory: z.string().min(1).optional(),
  path: z.string().min(1).optional(),
  allowLooseModes: z.boolean().default(false),
  ttlMs: z.int().min(0).max(86_400_000).default(300_000),
}).refine(
  ({ directory, path }) => (directory === undefined) !== (path === undefined),
  "must say where the secrets are: directory (one file each) or path (one file for all), not both",
) as z.ZodType<FileVaultOptions>;

/** A secret is a key or a certificate, not a document. */
const maxSecretBytes = 64 * 1024;
const maxFileBytes = 1024 * 1024;

const plugin: Plugin<"vault", FileVaultOptions> = definePlugin({
  api: 1,
  kind: "vault",
  id: "file",
  options,
  make(_use, { directory, path, allowLooseModes, ttlMs }) {
    return {
      ttlMs,
      async read(name, signal) {
        signal.throwIfAborted();
        // No separators and no dot in front: a name stays in its directory, and Kubernetes' `..data` is no secret.
        if (!/^\w[\w.-]{0,254}$/.test(name)) return undefined;
        if (path !== undefined) {
          const text = await readSecretFile(path, { allowLooseModes, maxBytes: maxFileBytes, signal });
          return readField(path, text, name);
        }
        const folder = directory ?? "";
        const limits = { allowLooseModes, maxBytes: maxSecretBytes, signal, optionalIn: folder };
        return (await readSecretFile(join(folder, name), limits))?.replace(/[\r\n]+$/, "");
      },
    };
  },
});

export default plugin;
