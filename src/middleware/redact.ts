/** Takes what is obviously secret out of texts before they are recorded: keys and tokens by their form, and e-mail addresses. */

/** Rewrites a text. May throw; then the text is not recorded at all. */
export type Redactor = (text: string) => string;

/** Secrets of a form that nothing else has. What is only probably one is left to guards. */
const forms: readonly (readonly [form: RegExp, put: string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, "[private key]"],
  // OpenAI, Anthropic, OpenRouter, Stripe; xAI, Groq, Perplexity, Hugging Face, Replicate, Fireworks, NVIDIA; Slack.
  [/\b(?:sk|rk|pk)[-_][A-Za-z0-9_-]{16,}/g, "[key]"],
  [/\b(?:xai-|gsk_|pplx-|hf_|r8_|fw_|nvapi-|xox[abeprs]-)[A-Za-z0-9_-]{16,}/g, "[key]"],
  // Google; AWS; GitHub, GitLab; Loom's gateway.
  [/\bAIza[A-Za-z0-9_-]{30,}/g, "[key]"],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, "[key]"],
  [/\b(?:gh[oprsu]_|github_pat_|glpat-|loom_|hvs\.)[A-Za-z0-9_-]{16,}/g, "[key]"],
  [/\bey[A-Za-z0-9_-]{10,300}\.ey[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]+/g, "[token]"],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{12,}/gi, "$1 [token]"],
  // Passwords in addresses.
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{1,64}):[^\s:@/]{1,128}@/gi, "$1:[password]@"],
  [/\b[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}\b/g, "[e-mail]"],
];

/** What every recorded text goes through. */
export function redactSecrets(text: string): string {
  let clean = text;
  for (const [form, put] of forms) clean = clean.replace(form, put);
  return clean;
}
