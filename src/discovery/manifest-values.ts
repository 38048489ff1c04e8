/** What a manifest's values mean once the environment is known: headers, and addresses that a key may go to. */

/**
 * The value of a static header: `${VAR}` becomes the variable, `${A|B}` the first of them that is set. `undefined`: a
 * variable is not set, so the header is not sent.
 */
export function expandHeader(
  value: string,
  environment: (name: string) => string | undefined,
): string | undefined {
  let missing = false;
  const text = value.replace(/\$\{([^}]*)\}/g, (_, names: string) => {
    for (const name of names.split("|")) {
      const found = environment(name);
      if (found !== undefined && found !== "") return found;
    }
    missing = true;
    return "";
  });
  return missing ? undefined : text;
}

/**
 * Why an address cannot be a base URL; `undefined`: it can. A key goes there, so it must be encrypted or stay on this machine.
 */
export function faultOfBaseUrl(text: string, allowHttp: boolean): string | undefined {
  if (!URL.canParse(text)) return `"${text}" is not an address`;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username !== "" || password !== "") return "must not hold a user name or password";
  if (search !== "" || hash !== "") return "must not hold a query or fragment";
  if (protocol === "https:" || allowHttp && protocol === "http:") return undefined;
  if (protocol !== "http:") return `"${protocol}" is not http(s)`;
  if (isLoopback(hostname)) return undefined;
  return `http: sends the key in the clear; use https:, an address of this machine, or allow it with allowHttp`;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname);
}
