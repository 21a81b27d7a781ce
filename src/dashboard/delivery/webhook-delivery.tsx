/** /dashboard/webhooks/deliveries/:id: a delivery with its attempts, and sending it again. */
import { Hono } from "hono";
import { deliveryRoutes } from "../../delivery/routes.ts";
import { CHALLENGE_TYPE } from "../../delivery/webhook/challenge.ts";
import { deliveryOf } from "../../delivery/webhook/replay.ts";
import { listAttempts } from "../../delivery/webhook/store.ts";
import { Badge } from "../component/badge.tsx";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { ActionButton } from "../component/form.tsx";
import { apiPath, runOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageEnv, readForm, seeOther } from "../page/request.ts";

export const webhookDeliveryPages = new Hono<PageEnv>();

webhookDeliveryPages.get("/webhooks/deliveries/:id", async (c) => {
  const actor = allowed(c, "settings.write");
  const delivery = await deliveryOf(c.env, actor, c.req.param("id"));
  const attempts = await listAttempts(c.env.DB, delivery.id);
  const { format, session } = c.var;
  const path = `/dashboard/webhooks/deliveries/${delivery.id}`;
  return page(
    c,
    { title: delivery.type, section: "webhooks" },
    <>
      <div class="head">
        <h1>
          {delivery.type} <Badge state={delivery.status} />
        </h1>
        {delivery.type !== CHALLENGE_TYPE && (
          <ActionButton action={`${path}/retry`} token={session.formToken} label="Resend" primary />
        )}
      </div>
      <p>
        To <a href={`/dashboard/webhooks/${delivery.endpoint}`}>this endpoint</a>, message{" "}
        <CopyText text={delivery.message} />
      </p>
      {attempts.length === 0 ? (
        <p class="muted">No attempt yet. Reload this page in a moment.</p>
      ) : (
        <DataTable
          caption="Attempts"
          columns={[
            { head: "Time", short: true },
            { head: "Status", figure: true },
            { head: "Duration", figure: true },
            { head: "Response", wide: true },
          ]}
          rows={attempts.map((attempt) => ({
            cells: [
              format.time(attempt.atMs),
              attempt.status ?? "none",
              `${format.count(attempt.latencyMs)} ms`,
              <code>{attempt.error ?? attempt.answer}</code>,
            ],
          }))}
        />
      )}
    </>,
  );
});

webhookDeliveryPages.post("/webhooks/deliveries/:id/retry", async (c) => {
  allowed(c, "settings.write");
  await readForm(c);
  const path = apiPath(["webhooks", "deliveries", c.req.param("id"), "retry"]);
  const { id } = await runOperation(c, deliveryRoutes, { method: "POST", path });
  return seeOther(c, `/webhooks/deliveries/${id}`, "queued");
});
