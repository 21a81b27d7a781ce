/** /dashboard/search: documents, customers, tenants, pages and settings by a few words. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { mayDo } from "../../accounts/actor/confinement.ts";
import { may } from "../../accounts/actor/roles.ts";
import { listTenants } from "../../accounts/store/tenant-store.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { searchFor } from "../../documents/lifecycle/list.ts";
import { statusAt } from "../../documents/store/status.ts";
import type { Format } from "../form/format.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv } from "../page/request.ts";
import { placesFor, placesOf } from "./places.ts";

export const searchPages = new Hono<PageEnv>();

const MOST_FOUND = 6;
const MOST_PLACES = 7;
const MOST_TEXT = 200;

type Hit = { href: string; label: string; beside: string };
type Group = { name: string; hits: readonly Hit[] };

searchPages.get("/search", async (c) => {
  const text = textOf(c);
  const groups = await groupsFor(c, text);
  return page(
    c,
    { title: "Search", section: null },
    <>
      <h1>Search</h1>
      <search>
        <form action="/dashboard/search" class="inline">
          <input
            type="search"
            name="q"
            value={text}
            aria-label="Documents, customers, pages"
            maxlength={MOST_TEXT}
          />
          <button type="submit">Search</button>
        </form>
      </search>
      <Found groups={groups} text={text} />
    </>,
  );
});

/** The same as a list for the palette, whose keys move through its options. */
searchPages.get("/search/results", async (c) => {
  const text = textOf(c);
  const groups = await groupsFor(c, text);
  return c.html(
    groups.length === 0 ? (
      <p class="muted">{nothingFor(text)}</p>
    ) : (
      <div role="listbox" id="found" aria-label="What was found">
        {groups.map(({ name, hits }, i) => (
          <>
            <p role="presentation">{name}</p>
            {hits.map((hit, j) => (
              <a
                role="option"
                id={`found-${i}-${j}`}
                aria-selected="false"
                tabindex={-1}
                {...at(hit)}
              >
                <span>{hit.label}</span> <span class="muted">{hit.beside}</span>
              </a>
            ))}
          </>
        ))}
      </div>
    ),
  );
});

function textOf(c: PageContext): string {
  return (c.req.query("q") ?? "").trim().slice(0, MOST_TEXT);
}

const at = ({ href }: Hit) => ({ href: `/dashboard${href}` });

/** What is found of each kind; without words, the pages. */
async function groupsFor(c: PageContext, text: string): Promise<Group[]> {
  const actor = allowed(c, "usage.read");
  const places = placesFor(placesOf(actor), text);
  const pages = places.slice(0, text === "" ? places.length : MOST_PLACES);
  const [found, tenants] =
    text === ""
      ? [[], []]
      : await Promise.all([documentHits(c, actor, text), tenantHits(c, actor, text)]);
  const pageHits = pages.map(({ label, path }) => ({ href: path, label, beside: "" }));
  const groups = [...found, { name: "Tenants", hits: tenants }, { name: "Pages", hits: pageHits }];
  return groups.filter(({ hits }) => hits.length > 0);
}

async function documentHits(c: PageContext, actor: Actor, text: string): Promise<Group[]> {
  if (!may(actor.role, "documents.read")) return [];
  const { customers, documents } = await searchFor(c.env, actor, text, MOST_FOUND);
  const { format } = c.var;
  return [
    {
      name: "Documents",
      hits: documents.map(({ row, nowMs }) => ({
        href: `/${KINDS[row.kind].path}/${row.id}`,
        label: row.number ?? `Draft ${KINDS[row.kind].noun}`,
        beside: besideOf(row, statusAt(row, nowMs), format),
      })),
    },
    {
      name: "Customers",
      hits: customers.map(({ id, party }) => ({
        href: `/customers/${id}`,
        label: party.name,
        beside: party.email ?? "",
      })),
    },
  ];
}

type Row = Awaited<ReturnType<typeof searchFor>>["documents"][number]["row"];

function besideOf(row: Row, status: string, format: Format): string {
  const total = format.money(BigInt(row.totalMinor), row.currency);
  const name = row.buyer?.party.name ?? row.customerName;
  return [name, total, status].filter(Boolean).join(" · ");
}

async function tenantHits(c: PageContext, actor: Actor, text: string): Promise<Hit[]> {
  if (!actor.operator || !mayDo(actor, "operator.read") || actor.confinement?.rows) return [];
  const tenants = await listTenants(c.env.DB, { after: null, limit: MOST_FOUND }, { text });
  return tenants.map(({ id, name, externalId, mode }) => ({
    href: `/tenants/${id}`,
    label: name,
    beside: [externalId, mode === "test" ? "test" : null].filter(Boolean).join(" · "),
  }));
}

function Found({ groups, text }: { groups: readonly Group[]; text: string }) {
  if (groups.length === 0) return <p class="muted">{nothingFor(text)}</p>;
  return (
    <>
      {groups.map(({ name, hits }) => (
        <section class="card">
          <h2>{name}</h2>
          <ul class="found">
            {hits.map((hit) => (
              <li>
                <a {...at(hit)}>{hit.label}</a> <span class="muted">{hit.beside}</span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function nothingFor(text: string): string {
  return `Nothing has “${text}” in it. Try the beginning of a number, a name or an e-mail address.`;
}
