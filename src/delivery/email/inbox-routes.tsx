/** /dev/inbox: the messages of a local installation, for whoever develops with it. */
import type { Context } from "hono";
import type { AppEnv } from "../../accounts/actor.ts";
import { notFound } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { createApi } from "../../platform/openapi.ts";
import { attachmentOf } from "./send.ts";
import { listEmails, readEmail } from "./store.ts";
import type { EmailRow } from "./table.ts";

export const inboxRoutes = createApi<AppEnv>();

const SHOWN = 100;
const STYLE = `body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; color-scheme: light dark }
td, th { text-align: left; padding: .3rem 1rem .3rem 0 }
pre { white-space: pre-wrap; border: 1px solid #8886; padding: 1rem }`;
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** Everybody's mail: only where this machine's own server says so. */
inboxRoutes.use("/dev/*", async (c, next) => {
  if (c.env.DEV_INBOX !== "show" || c.env.EMAIL_PROVIDER) throw notFound("page");
  c.header("Content-Security-Policy", PAGE_POLICY);
  await next();
});

inboxRoutes.get("/dev/inbox", async (c) => {
  const rows = await listEmails(c.env.DB, {}, SHOWN);
  return c.html(
    page(
      "Development inbox",
      <table>
        {rows.map((row) => (
          <tr>
            <td>{timeText(row.createdMs)}</td>
            <td>{row.recipients.join(", ")}</td>
            <td>
              <a href={`/dev/inbox/${row.id}`}>{row.subject}</a>
            </td>
            <td>{row.status}</td>
          </tr>
        ))}
      </table>,
    ),
  );
});

inboxRoutes.get("/dev/inbox/:id", async (c) => {
  const row = await emailOf(c);
  const headers = [
    ["From", row.fromName],
    ["To", row.recipients.join(", ")],
    ["Cc", row.cc.join(", ")],
    ["Reply-To", row.replyTo ?? ""],
    ["Subject", row.subject],
    ["Message", row.id],
    ["Status", [row.status, row.reason].filter(Boolean).join(": ")],
  ];
  return c.html(
    page(
      row.subject,
      <>
        <table>
          {headers.map(([name, value]) => (
            <tr>
              <th>{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </table>
        <ul>
          <li>
            <a href={`/dev/inbox/${row.id}/html`}>HTML</a>
          </li>
          {row.attachments.map(({ name, size }, n) => (
            <li>
              <a href={`/dev/inbox/${row.id}/attachments/${n}`}>{name}</a> ({size} bytes)
            </li>
          ))}
        </ul>
        <pre>{row.plain}</pre>
      </>,
    ),
  );
});

inboxRoutes.get("/dev/inbox/:id/html", async (c) => {
  const { html } = await emailOf(c);
  c.header("Content-Security-Policy", `sandbox; ${PAGE_POLICY}`);
  return c.html(html);
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

async function emailOf(c: Context<AppEnv>): Promise<EmailRow> {
  const row = await readEmail(c.env.DB, c.req.param("id") ?? "");
  if (!row) throw notFound("e-mail");
  return row;
}

function page(title: string, content: unknown): string {
  const html = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>{title}</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <h1>{title}</h1>
        {content}
        <p>
          <a href="/dev/inbox">All messages</a>
        </p>
      </body>
    </html>
  );
  return `<!doctype html>${html}`;
}
