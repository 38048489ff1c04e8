/** What the command line of `loom serve` says. */

export interface ServeOptions {
  readonly config?: string;
  readonly port?: number;
  readonly host?: string;
  readonly adminPort?: number;
  readonly admin: boolean;
  readonly workers?: number;
  readonly watch?: boolean;
}
