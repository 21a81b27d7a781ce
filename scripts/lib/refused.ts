/** What a product answered that no repetition makes better, told to whoever runs a command. */
import { UserError } from "./process.ts";

export type Problem = {
  status: number;
  code: string;
  detail?: string;
  errors?: { pointer: string; detail: string }[];
};

/** What to do next, by the detail of a problem. */
const NEXT: Readonly<Record<string, string>> = {
  "tenant not found": "name one by its id, as GET /api/tenants lists them",
  "this installation has the tenant already": "load it into another one",
};

/** The problem of an answer, whatever its text is. */
export function problemOf(status: number, text: string): Problem {
  try {
    return { code: "unknown", ...(JSON.parse(text) as object), status };
  } catch {
    return { status, code: "unknown", detail: text.slice(0, 200) };
  }
}

/** `what` is the call, such as `GET /api/plans`. */
export class Refused extends UserError {
  readonly problem: Problem;

  constructor(what: string, problem: Problem) {
    super(`${what} answered ${problem.status}: ${textOf(problem)}`);
    this.problem = problem;
  }
}

/** The detail of a 422 says its first error already. */
function textOf({ code, detail, errors = [] }: Problem): string {
  const others = errors.filter((error) => !detail?.includes(error.detail));
  const next = NEXT[detail ?? ""] ?? [];
  const said = others.map((error) => `${error.pointer} ${error.detail}`);
  return [detail ?? code, ...said].concat(next).join("; ");
}
