/** /dev/inbox: the messages of a local installation, for whoever develops with it. */
import type { Context } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { notFound } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { createApi } from "../../platform/schema/openapi.ts";
import { letterOf } from "./sealed-letter.ts";
import { attachmentOf } from "./send.ts";
import { emailState, LETTER_IMAGES, shownLetter } from "./shown-letter.ts";
import { listEmails, readEmail } from "./store.ts";
import type { EmailRow } from "./table.ts";

export const inboxRoutes = createApi<AppEnv>();

const SHOWN = 100;
const STYLE = `:root { color-scheme: light dark; --line: #8883; --soft: #8881 }
html { background: Canvas; color: CanvasText }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem }
h1 { font-size: 1.35rem; margin: .2rem 0 1rem } a { color: inherit } nav { font-size: .85rem }
table { border-collapse: collapse; width: 100% } td { overflow-wrap: anywhere }
th, td { text-align: left; vertical-align: top; padding: .5rem 1rem .5rem 0;
  border-bottom: 1px solid var(--line) } th { font-weight: 500; opacity: .65; width: 1% }
.list td:first-child, .list td:last-child { white-space: nowrap; opacity: .75; width: 1% }
@media (max-width: 40rem) { .list tr { display: block; border-bottom: 1px solid var(--line);
  padding: .5rem 0 } .list td, .list td:last-child { display: block; width: auto; border: 0;
  padding: 0 } }
.files { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; list-style: none }
.files a { display: block; padding: .35rem .8rem; border: 1px solid var(--line);
  border-radius: .4rem; background: var(--soft); text-decoration: none }
iframe { width: 100%; height: 46rem; border: 1px solid var(--line); border-radius: .5rem;
  resize: vertical } h2 { font-size: .95rem; margin: 1.6rem 0 .5rem }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; border-radius: .5rem;
  background: var(--soft); margin: 0 } .empty { opacity: .7 }`;
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'";
/** A letter shows the pictures in it, and opens links elsewhere. */
const LETTER_POLICY =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; " +
  `style-src 'unsafe-inline'; ${LETTER_IMAGES}; frame-ancestors 'self'`;

/** Everybody's mail: only where this machine's own server says so. */
inboxRoutes.use("/dev/*", async (c, next) => {
  if (c.env.DEV_INBOX !== "show" || c.env.EMAIL_PROVIDER) throw notFound("page");
  c.header("Content-Security-Policy", PAGE_POLICY);
  await next();
});

inboxRoutes.get("/dev/inbox", async (c) => {
  const rows = await listEmails(c.env.DB, { viewer: null }, SHOWN);
  return c.html(
    page(
      "Inbox of this installation",
      rows.length === 0 ? (
        <p class="empty">No messages yet. E-mails are kept here until a provider is set up.</p>
      ) : (
        <table class="list">
          {rows.map((row) => (
            <tr>
              <td>{timeText(row.createdMs).slice(0, 19).replace("T", " ")}</td>
              <td>
                <a href={`/dev/inbox/${row.id}`}>{row.subject}</a>
              </td>
              <td>{row.recipients.join(", ")}</td>
              <td>{emailState(row)}</td>
            </tr>
          ))}
        </table>
      ),
    ),
  );
});

inboxRoutes.get("/dev/inbox/:id", async (c) => {
  const row = await emailOf(c);
  const at = `/dev/inbox/${row.id}`;
  return c.html(
    page(
      row.subject,
      <>
        <table>
          {headersOf(row).map(([name, value]) => (
            <tr>
              <th>{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </table>
        <ul class="files">
          {row.attachments.map(({ name, size, cid }, n) => (
            <li>
              <a href={`${at}/attachments/${n}`}>
                {name} · {(size / 1_000).toFixed(1)} KB{cid === undefined ? "" : " · inline"}
              </a>
            </li>
          ))}
        </ul>
        <h2>
          HTML · <a href={`${at}/html`}>open alone</a>
        </h2>
        <iframe src={`${at}/html`} title="The message" />
        <h2>Text</h2>
        <pre>{row.plain}</pre>
      </>,
    ),
  );
});

function headersOf(row: EmailRow): [string, string][] {
  const headers: [string, string | null][] = [
    ["From", row.fromName],
    ["To", row.recipients.join(", ")],
    ["Cc", row.cc.join(", ")],
    ["Reply-To", row.replyTo],
    ["Date", timeText(row.createdMs)],
    ["Message", row.id],
    ["Status", [emailState(row), row.reason].filter(Boolean).join(": ")],
  ];
  return headers.flatMap(([name, value]) => (value ? [[name, value]] : []));
}

inboxRoutes.get("/dev/inbox/:id/html", async (c) => {
  const row = await readEmail(c.env.DB, c.req.param("id"));
  if (!row) throw notFound("e-mail");
  c.header("Content-Security-Policy", LETTER_POLICY);
  return c.html(await shownLetter(c.env, row));
});

inboxRoutes.get("/dev/inbox/:id/attachments/:n", async (c) => {
  const row = await emailOf(c);
  const n = Number(c.req.param("n"));
  if (!row.attachments[n]) throw notFound("attachment");
  const { name, type, bytes } = await attachmentOf(c.env, row, n);
  return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    "Content-Type": type,
    "Content-Disposition": `inline; filename=${name}`,
  });
});

/** With the letter as it was written. Errors: 404. */
async function emailOf(c: Context<AppEnv>): Promise<EmailRow> {
  const row = await readEmail(c.env.DB, c.req.param("id") ?? "");
  if (!row) throw notFound("e-mail");
  return Object.assign(row, await letterOf(c.env, row));
}

function page(title: string, content: unknown): string {
  const html = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <nav>
          <a href="/dev/inbox">All messages</a>
        </nav>
        <h1>{title}</h1>
        {content}
      </body>
    </html>
  );
  return `<!doctype html>${html}`;
}
