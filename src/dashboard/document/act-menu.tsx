/** Pure. What to do with a document: the one act that comes next, and the rest in a menu. */
import type { Act } from "../../documents/kind/kind.ts";
import type { StatusToday } from "../../documents/kind/status.ts";
import { ActionButton } from "../component/form.tsx";
import { isAsked } from "./questions.ts";

/** Acts on the page beside those of the document's kind. */
const MORE_ACTS = ["remind", "apply-balance", "refund", "duplicate", "repeat"] as const;
export type PageAct = Act | (typeof MORE_ACTS)[number];

/** What decides which act comes next. */
export type Situation = {
  status: StatusToday;
  actions: ReadonlySet<PageAct>;
  /** An e-mail brought it to somebody, or somebody opened a link. */
  isSent: boolean;
};

const LABELS: Readonly<Record<PageAct, string>> = {
  edit: "Edit",
  finalize: "Finalize",
  send: "Send",
  remind: "Send a reminder",
  pay: "Record a payment",
  "apply-balance": "Pay from the credit balance",
  accept: "Accept",
  reject: "Reject",
  convert: "Create invoice",
  link: "Create a link",
  duplicate: "Duplicate",
  repeat: "Repeat",
  credit: "Issue a credit note",
  refund: "Record a refund",
  void: "Void",
};
/** In the order of the menu. */
const ACTS = Object.keys(LABELS) as PageAct[];
/** Done by a press; the others have a form. */
const PRESSED: ReadonlySet<PageAct> = new Set(["finalize", "accept", "convert", "duplicate"]);
const DANGEROUS: ReadonlySet<PageAct> = new Set(["reject", "credit", "refund", "void"]);

/** The act that is offered first, or null where nothing has to be done. */
export function primaryAct({ status, actions, isSent }: Situation): PageAct | null {
  const wanted: Partial<Record<StatusToday, readonly PageAct[]>> = {
    draft: ["finalize", "edit"],
    open: isSent ? ["pay", "send"] : ["send", "pay"],
    overdue: isSent ? ["remind", "pay"] : ["send", "pay"],
    pending: isSent ? ["convert", "accept", "send"] : ["send", "accept"],
    accepted: ["convert"],
    issued: isSent ? ["convert"] : ["send"],
  };
  return wanted[status]?.find((act) => actions.has(act)) ?? null;
}

type Props = { situation: Situation; path: string; token: string };

/** The primary act as a button, and all others behind another. */
export function ActMenu({ situation, path, token }: Props) {
  const primary = primaryAct(situation);
  const rest = ACTS.filter((act) => act !== primary && situation.actions.has(act));
  return (
    <div class="actions">
      {rest.length > 0 && (
        <details class="act-menu" data-menu>
          <summary class="button">More</summary>
          <ul>
            {rest.map((act) => (
              <li>
                <ActLink act={act} path={path} token={token} />
              </li>
            ))}
          </ul>
        </details>
      )}
      {primary && <ActLink act={primary} path={path} token={token} isPrimary />}
    </div>
  );
}

type LinkProps = { act: PageAct; path: string; token: string; isPrimary?: boolean };

function ActLink({ act, path, token, isPrimary = false }: LinkProps) {
  const label = LABELS[act];
  if (PRESSED.has(act)) {
    return (
      <ActionButton
        action={`${path}/${act}`}
        token={token}
        label={label}
        primary={isPrimary}
        asks={isAsked(act)}
      />
    );
  }
  const tone = isPrimary ? "button primary" : DANGEROUS.has(act) ? "bad" : "";
  const to = act === "edit" ? `${path}/edit` : `${path}?act=${act}#act`;
  return (
    <a class={tone} href={to}>
      {label}
    </a>
  );
}
