/** Pure. The frame of every page: skip link, navigation, what was done, the content. */
import { type Child, useContext } from "hono/jsx";
import { may, type Permission, type Role, roleName } from "../../accounts/actor/roles.ts";
import { kindHeading } from "../../documents/kind/kind.ts";
import {
  afterTheirOrigins,
  DOCUMENT_KINDS,
  type DocumentKind,
  KINDS,
} from "../../documents/kind/registry.ts";
import { ActionButton, Form } from "./form.tsx";
import { isOpenTo, ViewerConfinement } from "./open-pages.ts";

/** The entry of the navigation that a page belongs to. */
export type Section =
  | "overview"
  | "usage"
  | "alerts"
  | DocumentKind
  | "customers"
  | "items"
  | "recurring"
  | "webhooks"
  | "emails"
  | "billing"
  | "settings"
  | "clock"
  | "revenue"
  | "health"
  | "work"
  | "tenants";

type Link = { section: Section; path: string; label: string; needs: Permission };

const LINKS: readonly (readonly [string, readonly Link[]])[] = [
  [
    "Metering",
    [
      { section: "overview", path: "", label: "Overview", needs: "usage.read" },
      { section: "usage", path: "/usage", label: "Usage", needs: "usage.read" },
      { section: "alerts", path: "/alerts", label: "Alerts", needs: "usage.read" },
    ],
  ],
  [
    "Documents",
    [
      ...afterTheirOrigins(DOCUMENT_KINDS).map(
        (kind): Link => ({
          section: kind,
          path: `/${KINDS[kind].path}`,
          label: kindHeading(KINDS[kind]),
          needs: "documents.read",
        }),
      ),
      {
        section: "recurring",
        path: "/recurring-invoices",
        label: "Recurring invoices",
        needs: "documents.read",
      },
      { section: "customers", path: "/customers", label: "Customers", needs: "documents.read" },
      { section: "items", path: "/items", label: "Items", needs: "documents.read" },
    ],
  ],
  [
    "Delivery",
    [
      { section: "webhooks", path: "/webhooks", label: "Webhooks", needs: "settings.write" },
      { section: "emails", path: "/emails", label: "E-mails", needs: "documents.read" },
    ],
  ],
  [
    "",
    [
      { section: "billing", path: "/billing", label: "Billing", needs: "billing.read" },
      { section: "settings", path: "/settings", label: "Settings", needs: "documents.read" },
    ],
  ],
];

/** For test tenants, whose clock stands still until it is moved. */
const TEST_LINKS: (typeof LINKS)[number] = [
  "Test",
  [{ section: "clock", path: "/clock", label: "Test clock", needs: "billing.read" }],
];

const OPERATOR_LINKS: (typeof LINKS)[number] = [
  "Operator",
  [
    { section: "revenue", path: "/revenue", label: "Revenue", needs: "operator.read" },
    { section: "tenants", path: "/tenants", label: "Tenants", needs: "operator.read" },
    { section: "health", path: "/health", label: "Health", needs: "operator.tenants" },
    { section: "work", path: "/work", label: "Failing work", needs: "operator.tenants" },
  ],
];

export type Viewer = {
  /** Tells one viewer from another: forms that were left are given back to nobody else. */
  id: string;
  tenantName: string;
  mode: "live" | "test";
  operator: boolean;
  role: Role;
  /** The operator acts for the tenant. */
  acts: boolean;
  name: string;
  token: string;
  locale: string;
};

export type Undo = { action: string; fields?: Readonly<Record<string, string>> };

type Props = {
  title: string;
  viewer: Viewer | null;
  section: Section | null;
  done?: string | null;
  /** Takes that back: where its form is sent, and what it sends. */
  undo?: Undo | null;
  children?: Child;
};

/** A page's frame; without a viewer only its content, as for signing in. */
export function Layout({ title, viewer, section, done, undo, children }: Props) {
  return (
    <html lang="en" data-locale={viewer?.locale} data-viewer={viewer?.id}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{viewer ? `${title} · ${viewer.tenantName}` : title}</title>
        <link rel="icon" href="/dashboard/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/dashboard/assets/dashboard.css" />
        <script type="module" src="/dashboard/assets/dashboard.js" />
      </head>
      <body class={viewer ? (viewer.acts ? "framed acts" : "framed") : "bare"}>
        <a class="skip" href="#content">
          Skip to content
        </a>
        {viewer?.acts && <ActingBar viewer={viewer} />}
        {viewer && <Side viewer={viewer} section={section} />}
        <main id="content" tabindex={-1}>
          {done && (
            <div class="notice good" role="status">
              <p>{done}</p>
              {undo && viewer && (
                <Form action={undo.action} token={viewer.token} class="inline" asks>
                  {Object.entries(undo.fields ?? {}).map(([name, value]) => (
                    <input type="hidden" name={name} value={value} />
                  ))}
                  <button type="submit" class="quiet">
                    Undo
                  </button>
                </Form>
              )}
            </div>
          )}
          {children}
        </main>
      </body>
    </html>
  );
}

/** On each page while the operator acts for a tenant: for whom, and how to stop. */
function ActingBar({ viewer }: { viewer: Viewer }) {
  return (
    <section class="acting" aria-label="Acting as a tenant">
      <p>
        You are acting as <strong>{viewer.tenantName}</strong>
      </p>
      <ActionButton action="/dashboard/acting/stop" token={viewer.token} label="Stop" />
    </section>
  );
}

function Side({ viewer, section }: { viewer: Viewer; section: Section | null }) {
  const groups = [
    ...(viewer.operator ? [OPERATOR_LINKS] : []),
    ...LINKS,
    ...(viewer.mode === "test" ? [TEST_LINKS] : []),
  ];
  return (
    <header class="side">
      <div class="who">
        <a class="brand" href="/dashboard">
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <rect x="3" y="12" width="4" height="9" rx="1.5" />
            <rect x="10" y="7" width="4" height="14" rx="1.5" />
            <rect x="17" y="3" width="4" height="18" rx="1.5" />
          </svg>
          {viewer.tenantName}
        </a>
        {viewer.mode === "test" && <span class="badge warn">test</span>}
      </div>
      <search>
        <form class="find" action="/dashboard/search" data-find>
          <input type="search" name="q" aria-label="Search" placeholder="Search" maxlength={200} />
          <kbd />
        </form>
      </search>
      <details class="menu" open>
        <summary>Menu</summary>
        <nav aria-label="Main">
          {groups.map(([head, links]) => (
            <Group head={head} links={links} viewer={viewer} section={section} />
          ))}
        </nav>
        <div class="person">
          <p>
            {viewer.name}
            <span class="muted"> {roleName(viewer.role)}</span>
          </p>
          <ActionButton action="/dashboard/sign-out" token={viewer.token} label="Sign out" />
        </div>
      </details>
    </header>
  );
}

type GroupProps = {
  head: string;
  links: readonly Link[];
  viewer: Viewer;
  section: Section | null;
};

function Group({ head, links, viewer, section }: GroupProps) {
  const confinement = useContext(ViewerConfinement);
  const permitted = links.filter(
    ({ needs, path }) => may(viewer.role, needs) && isOpenTo(confinement, path),
  );
  if (permitted.length === 0) return null;
  return (
    <div class="group">
      {head && <p>{head}</p>}
      <ul>
        {permitted.map((link) => (
          <li>
            <a
              href={`/dashboard${link.path}`}
              aria-current={link.section === section ? "page" : undefined}
            >
              {link.label}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}
