/** The keys of vendors: how they begin and go on. */

export interface KeyShape {
  readonly kind: string;
  /** Word for word. */
  readonly prefix: string;
  /** What follows. Every repetition has a bound, so that a search stays linear. */
  readonly body: RegExp;
  /** Default 0.97. */
  readonly score?: number;
  /** What must stand within 80 characters before it, where the shape alone says too little. */
  readonly within?: RegExp;
  /** Default 3 bits per character. */
  readonly leastBits?: number;
}

const end = "(?![A-Za-z0-9_-])";

/** Letters, digits and what else a set names, from so many to so many. */
function run(least: number, most: number, more = ""): RegExp {
  return new RegExp(`[A-Za-z0-9${more}]{${least},${most}}${least === most ? "(?![A-Za-z0-9])" : ""}`);
}

const hex = (count: number): RegExp => new RegExp(`[0-9a-f]{${count}}(?![0-9a-f])`);

const slackParts = new RegExp(`(?:[0-9A-Za-z]{1,14}-){0,4}[A-Za-z0-9]{16,80}${end}`);

export const keyShapes: readonly KeyShape[] = [
  { kind: "ANTHROPIC_KEY", prefix: "sk-ant-", body: run(24, 200, "_-") },
  { kind: "OPENAI_KEY", prefix: "sk-proj-", body: run(40, 220, "_-") },
  { kind: "OPENAI_KEY", prefix: "sk-svcacct-", body: run(40, 220, "_-") },
  { kind: "OPENAI_KEY", prefix: "sk-admin-", body: run(40, 220, "_-") },
  { kind: "OPENROUTER_KEY", prefix: "sk-or-v1-", body: hex(64) },
  // Also those of others that took the same beginning: DeepSeek, Moonshot, Qwen.
  { kind: "OPENAI_KEY", prefix: "sk-", body: run(32, 64), score: 0.95 },
  { kind: "GOOGLE_KEY", prefix: "AIza", body: run(35, 35, "_-") },
  { kind: "GOOGLE_OAUTH", prefix: "ya29.", body: run(40, 300, "_-") },
  { kind: "GOOGLE_OAUTH", prefix: "GOCSPX-", body: run(28, 28, "_-") },
  ...["ghp_", "gho_", "ghu_", "ghs_", "ghr_"].map((prefix) => ({
    kind: "GITHUB_TOKEN",
    prefix,
    body: run(36, 255),
  })),
  { kind: "GITHUB_TOKEN", prefix: "github_pat_", body: run(60, 100, "_") },
  { kind: "GITLAB_TOKEN", prefix: "glpat-", body: run(20, 64, "_-") },
  ...["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xapp-"].map((prefix) => ({
    kind: "SLACK_TOKEN",
    prefix,
    body: slackParts,
  })),
  {
    kind: "SLACK_WEBHOOK",
    prefix: "hooks.slack.com/services/",
    body: /T[A-Z0-9]{7,12}\/B[A-Z0-9]{7,12}\/[A-Za-z0-9]{20,28}/,
  },
  ...["sk_live_", "rk_live_"].map((prefix) => ({ kind: "STRIPE_KEY", prefix, body: run(20, 120) })),
  ...["sk_test_", "rk_test_"].map((prefix) => ({
    kind: "STRIPE_KEY",
    prefix,
    body: run(20, 120),
    score: 0.7,
  })),
  { kind: "STRIPE_KEY", prefix: "whsec_", body: run(28, 80) },
  ...["AKIA", "ASIA"].map((prefix) => ({
    kind: "AWS_KEY",
    prefix,
    body: /[A-Z2-7]{16}(?![A-Za-z0-9])/,
    leastBits: 2.5,
  })),
  { kind: "AZURE_KEY", prefix: "AccountKey=", body: /[A-Za-z0-9+/]{86}==/ },
  { kind: "AZURE_KEY", prefix: "SharedAccessKey=", body: /[A-Za-z0-9+/]{43}=/ },
  { kind: "NPM_TOKEN", prefix: "npm_", body: run(36, 36) },
  { kind: "PYPI_TOKEN", prefix: "pypi-AgEI", body: run(50, 220, "_-") },
  { kind: "HUGGINGFACE_TOKEN", prefix: "hf_", body: run(34, 40) },
  { kind: "GROQ_KEY", prefix: "gsk_", body: run(48, 60) },
  { kind: "XAI_KEY", prefix: "xai-", body: run(70, 100) },
  { kind: "PERPLEXITY_KEY", prefix: "pplx-", body: run(40, 60) },
  { kind: "REPLICATE_TOKEN", prefix: "r8_", body: run(37, 40) },
  { kind: "NVIDIA_KEY", prefix: "nvapi-", body: run(60, 80, "_-") },
  { kind: "SENDGRID_KEY", prefix: "SG.", body: /[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}/ },
  { kind: "TWILIO_KEY", prefix: "SK", body: hex(32), within: /twilio/i },
  { kind: "MAILGUN_KEY", prefix: "key-", body: hex(32) },
  ...["dop_v1_", "doo_v1_"].map((prefix) => ({ kind: "DIGITALOCEAN_TOKEN", prefix, body: hex(64) })),
  ...["shpat_", "shpss_", "shpca_"].map((prefix) => ({
    kind: "SHOPIFY_TOKEN",
    prefix,
    body: /[0-9a-fA-F]{32}/,
  })),
  { kind: "DATABRICKS_TOKEN", prefix: "dapi", body: hex(32) },
  { kind: "LINEAR_KEY", prefix: "lin_api_", body: run(40, 40) },
  { kind: "NOTION_TOKEN", prefix: "ntn_", body: run(40, 50) },
  { kind: "VAULT_TOKEN", prefix: "hvs.", body: run(24, 200, "_-") },
  { kind: "SUPABASE_KEY", prefix: "sbp_", body: hex(40) },
  { kind: "DOCKER_TOKEN", prefix: "dckr_pat_", body: run(27, 40, "_-") },
  { kind: "ATLASSIAN_TOKEN", prefix: "ATATT3", body: run(60, 220, "_=-") },
  { kind: "TELEGRAM_TOKEN", prefix: ":AA", body: run(33, 33, "_-"), within: /\d{8,10}$/ },
];
