/** Pure. Notices to a tenant's own people: a limit that is near or reached, a dead endpoint. */
import type { NewsBodies } from "../../core/news.ts";
import type { Letter } from "./template.tsx";

/** The letter of an announcement, or null for one that is worth none. */
export function noticeLetter(tenantName: string, type: string, body: unknown): Letter | null {
  const notice = noticeOf(type, body);
  if (!notice) return null;
  const subject = `${tenantName}: ${notice.subject}`;
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="color-scheme" content="light dark" />
        <title>{subject}</title>
      </head>
      <body style="font-family: system-ui, sans-serif; max-width: 36rem; margin: 0 auto">
        <h1 style="font-size: 1.2rem">{notice.subject}</h1>
        {notice.lines.map((line) => (
          <p>{line}</p>
        ))}
      </body>
    </html>
  );
  const plain = [notice.subject, ...notice.lines].join("\n\n");
  return { subject, html: `<!doctype html>${page}`, plain };
}

type Notice = { subject: string; lines: string[] };

function noticeOf(type: string, body: unknown): Notice | null {
  switch (type) {
    case "usage.threshold_reached":
      return alertNotice(body as NewsBodies["usage.threshold_reached"]);
    case "webhook.disabled":
      return endpointNotice(body as NewsBodies["webhook.disabled"]);
    default:
      return null;
  }
}

function alertNotice(alert: NewsBodies["usage.threshold_reached"]): Notice {
  const { metric_name, threshold_percent, used_quantity, included_quantity, message } = alert;
  const reached = threshold_percent >= 100 ? "the limit is reached" : `over ${threshold_percent}%`;
  return {
    subject: `${metric_name}: ${reached}`,
    lines: [message, `Used: ${used_quantity} of ${included_quantity} included.`],
  };
}

function endpointNotice({ url, reason }: NewsBodies["webhook.disabled"]): Notice {
  const why =
    reason === "gone"
      ? "It answered 410 Gone."
      : "For three days it answered with nothing but failure.";
  return {
    subject: "a webhook endpoint was disabled",
    lines: [url, why, "What waits for it is kept, and sent once you enable it again."],
  };
}
