/** docs/problems.md: every problem code, made from the one list of them. Pure. */
import { ERRORS, type ErrorCode } from "../../../src/core/errors.ts";
import { ADVICE } from "./advice.ts";

export const PROBLEMS_PATH = "docs/problems.md";

const OPENING = `<!-- Made by \`npm run guides\` from the list of codes; changes belong there. -->

# Problem codes

Every refusal is an RFC 9457 problem, \`application/problem+json\`, with the HTTP status that fits:

\`\`\`json
{
  "type": "urn:boxcostpro:problem:request.invalid",
  "title": "The request is not valid",
  "status": 422,
  "code": "request.invalid",
  "detail": "/lines/0/quantity: is a number or a decimal string",
  "request_id": "req_TuLDW_zhOeHd000i",
  "errors": [{ "pointer": "/lines/0/quantity", "detail": "is a number or a decimal string" }]
}
\`\`\`

${join(
  "Branch on `code`, which stays; show `detail` to people, which may be worded better one day.",
  "`errors` points into the body by JSON pointers, into the query as `/query/…` and into the path",
  "as `/param/…`. Tell `request_id` when you ask somebody; for seven days the request stands under",
  "it in the dashboard at Settings > API log, and at `/api/request-logs`.",
)}

${join(
  "**Send again, or not?** 429 and 503 are for now: wait as many seconds as `Retry-After` says and",
  "send the same request again. So is an answer that never came, and 500, with the same",
  "Idempotency-Key, or the same ids for usage. Everything else stays refused until something is",
  "changed.",
)}
`;

const GROUPS: readonly (readonly [title: string, prefixes: readonly string[]])[] = [
  ["Requests", ["request", "route", "idempotency"]],
  ["Keys, sessions and people", ["auth", "members", "tenants"]],
  ["Things and their states", ["resource", "document", "einvoice", "link", "clock"]],
  ["Usage", ["usage", "budget"]],
  ["Billing", ["subscription", "period", "coupon"]],
  ["Webhooks and providers", ["hook", "webhook"]],
];
const OTHERS = "The installation";

/** One paragraph, as a line: how Markdown is kept here. */
function join(...lines: string[]): string {
  return lines.join(" ");
}

/** The text of the page. */
export function problemsText(): string {
  const codes = Object.keys(ERRORS) as ErrorCode[];
  const groupOf = (code: string) =>
    GROUPS.find(([, prefixes]) => prefixes.includes(code.split(".")[0] ?? ""))?.[0] ?? OTHERS;
  const sections = [...GROUPS.map(([title]) => title), OTHERS].map((title) => {
    const entries = codes.filter((code) => groupOf(code) === title).map(entry);
    return `## ${title}\n\n${entries.join("\n")}`;
  });
  return `${OPENING}\n${sections.join("\n")}`;
}

function entry(code: ErrorCode): string {
  const { status, title } = ERRORS[code];
  return `### ${code}\n\n**${status}** ${title}. ${ADVICE[code]}\n`;
}
