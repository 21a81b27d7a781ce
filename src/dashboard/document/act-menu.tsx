/** Pure. What to do with a document: the one act that comes next, and the rest in a menu. */
import { onlyText, type Permission } from "../../accounts/actor/roles.ts";
import { type DocumentKind, KINDS } from "../../documents/kind/registry.ts";
import type { StatusToday } from "../../documents/kind/status.ts";
import { ActionButton } from "../component/form.tsx";
import { Barred, whyId } from "../component/permitted.tsx";
import { type PageAct, permissionFor } from "./actions.ts";
import { isAsked } from "./questions.ts";

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
/** How those that may come first go before a plural: "record payments of invoices". */
const VERBS: Partial<Record<PageAct, string>> = {
  finalize: "finalize",
  edit: "edit",
  send: "send",
  remind: "send reminders of",
  pay: "record payments of",
  accept: "accept",
  convert: "make invoices of",
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

type Props = {
  kind: DocumentKind;
  situation: Situation;
  /** What the document's state permits, whatever the viewer's role. */
  possible: ReadonlySet<PageAct>;
  path: string;
  token: string;
};

/**
 * The primary act as a button, and all others behind another. What the viewer's role may not do
 * stands among them, disabled, with who may.
 */
export function ActMenu({ kind, situation, possible, path, token }: Props) {
  const primary = primaryAct(situation);
  const rest = ACTS.filter((act) => act !== primary && situation.actions.has(act));
  const barred = ACTS.filter((act) => possible.has(act) && !situation.actions.has(act));
  const wanted = primaryAct({ ...situation, actions: possible });
  return (
    <div class="actions">
      {wanted !== null && barred.includes(wanted) && (
        <Barred
          label={LABELS[wanted]}
          why={onlyText(
            permissionFor(kind, wanted),
            `${VERBS[wanted] ?? "change"} ${KINDS[kind].nouns}`,
          )}
        />
      )}
      {rest.length + barred.length > 0 && (
        <details class="act-menu" data-menu>
          <summary class="button">More</summary>
          <ul>
            {rest.map((act) => (
              <li>
                <ActLink act={act} path={path} token={token} />
              </li>
            ))}
            {barredBy(kind, barred).map(([permission, acts]) => (
              <BarredActs permission={permission} acts={acts} />
            ))}
          </ul>
        </details>
      )}
      {primary && <ActLink act={primary} path={path} token={token} isPrimary />}
    </div>
  );
}

/** Acts by what they take. */
function barredBy(kind: DocumentKind, acts: readonly PageAct[]): [Permission, PageAct[]][] {
  const by = new Map<Permission, PageAct[]>();
  for (const act of acts) {
    const permission = permissionFor(kind, act);
    by.set(permission, [...(by.get(permission) ?? []), act]);
  }
  return [...by];
}

type BarredProps = { permission: Permission; acts: readonly PageAct[] };

/** Acts of a menu that the viewer may not do, below who may. */
function BarredActs({ permission, acts }: BarredProps) {
  const id = whyId(permission);
  return (
    <>
      <li class="why">
        <small id={id}>{onlyText(permission, "do what follows")}</small>
      </li>
      {acts.map((act) => (
        <li>
          <button type="button" aria-disabled="true" aria-describedby={id}>
            {LABELS[act]}
          </button>
        </li>
      ))}
    </>
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
