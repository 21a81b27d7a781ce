/** /dashboard/clock: where a test tenant's clock stands, and what moving it runs. */
import { Hono } from "hono";
import { type Advance, insistTest } from "../../accounts/test-clock/test-clock.ts";
import { testClockRoutes } from "../../accounts/test-clock/test-clock-routes.ts";
import { PLAN_ROLLOUT } from "../../billing/lifecycle/rollout.ts";
import { PERIOD_CLOSE } from "../../billing/period/close.ts";
import { TERMS_PUSH } from "../../billing/period/push.ts";
import { SUBSCRIPTION_SETTLE } from "../../billing/period/settle.ts";
import { invalidField } from "../../core/errors.ts";
import { DAY_MS, parseTime, timeText } from "../../core/time.ts";
import { INVOICE_REMIND } from "../../documents/reminder/remind.ts";
import { METRICS_PUSH } from "../../metering/metric/metric.ts";
import { METER_REBUILT } from "../../metering/object/catch-up.ts";
import { Card } from "../component/card.tsx";
import { DataTable } from "../component/data-table.tsx";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { Permitted } from "../component/permitted.tsx";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm } from "../page/request.ts";

const PATH = "/clock";
const DAY: Field = {
  pointer: "/now",
  label: "Move to the start of",
  kind: "day",
  required: true,
  hint: "00:00 UTC; the clock only moves forward",
};
/** The buttons and their days; 31 reach the end of any month. */
const STEPS = [
  ["+1 day", 1],
  ["+1 week", 7],
  ["+31 days", 31],
] as const;

/** What each kind of due work did, in words; another kind is listed by its own name. */
const NAMES: Readonly<Record<string, string>> = {
  [PERIOD_CLOSE]: "Billing period closed",
  [PLAN_ROLLOUT]: "Plan version rolled out",
  [SUBSCRIPTION_SETTLE]: "Late usage settled",
  [TERMS_PUSH]: "Limits and billing terms updated",
  [METRICS_PUSH]: "Metric definitions updated",
  [INVOICE_REMIND]: "Invoice checked for reminders",
  [METER_REBUILT]: "Meter state rebuilt",
};

/** What the operation answers: where the clock stands now, and what was done on the way. */
type Ran = { kind: string; at: string }[];
type Moved = { now: string; target: string; done: boolean; ran: Ran; failed: Ran };

/** The page of a test tenant's clock; `advance` runs what is due on the way. */
export function clockPages(advance: Advance): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const clockRoutes = testClockRoutes(advance);
  routes.get(PATH, (c) => clockPage(c, null, null));

  routes.post(PATH, async (c) => {
    allowed(c, "clock.move");
    const { now } = bodyOf([DAY], await readForm(c));
    try {
      const body: Body = { now: instantFrom(String(now ?? "")) };
      const path = apiPath(["test-clock"]);
      const moved = await runOperation(c, clockRoutes, { method: "POST", path, body });
      return clockPage(c, moved as Moved, null);
    } catch (error) {
      return clockPage(c, null, refusalOf(error));
    }
  });
  return routes;
}

/** The RFC 3339 time of a day's beginning, or of an instant as the buttons send it. Errors: 422. */
function instantFrom(text: string): string {
  const ms = parseTime(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (ms === null) throw invalidField("/now", "is a day, such as 2026-12-01");
  return timeText(ms);
}

function clockPage(c: PageContext, moved: Moved | null, refused: Refused | null) {
  const actor = allowed(c, "billing.read");
  insistTest(actor);
  const nowMs = moved ? Date.parse(moved.now) : actor.nowMs;
  const token = c.var.session.formToken;
  const action = `/dashboard${PATH}`;
  return page(
    c,
    { title: "Test clock", section: "clock", status: refused ? 422 : 200 },
    <>
      <h1>Test clock</h1>
      <p class="lead">
        This is a test tenant: its clock stands still until you move it. Whatever falls due on the
        way happens as it would in real time: periods close, invoices are finalized, reminders are
        sent.
      </p>
      {moved && <Outcome c={c} {...moved} />}
      <dl class="cards">
        <Card name="Current time" value={c.var.format.time(nowMs)} note={timeText(nowMs)} />
      </dl>
      <Permitted role={actor.role} needs="clock.move" label="Move the clock" act="move the clock">
        <section class="card narrow" aria-label="Move the clock">
          <h2>Move the clock</h2>
          <Refusal refused={refused} fields={[DAY.pointer]} />
          <div class="actions">
            {STEPS.map(([label, days]) => (
              <StepForm action={action} token={token} label={label} toMs={nowMs + days * DAY_MS} />
            ))}
          </div>
          <Form action={action} token={token} class="stacked">
            <Fields fields={[DAY]} body={{}} refused={refused} />
            <button type="submit" class="primary">
              Move
            </button>
          </Form>
        </section>
      </Permitted>
      {moved && <RanTable title="Failed, will be retried" ran={moved.failed} c={c} />}
      {moved && <RanTable title="What happened" ran={moved.ran} c={c} />}
    </>,
  );
}

type StepProps = { action: string; token: string; label: string; toMs: number };

/** A button that sends the time itself, so that sending it twice moves the clock once. */
function StepForm({ action, token, label, toMs }: StepProps) {
  return (
    <Form action={action} token={token} class="inline">
      <input type="hidden" name={DAY.pointer} value={timeText(toMs)} />
      <button type="submit">{label}</button>
    </Form>
  );
}

function Outcome({ c, done, ran, failed, target }: Moved & { c: PageContext }) {
  return (
    <div class={done ? "notice good" : "notice warn"} role="status">
      <p>
        {done ? doneText(ran.length + failed.length) : "Partly done: more is due before that time."}
      </p>
      {!done && (
        <StepForm
          action={`/dashboard${PATH}`}
          token={c.var.session.formToken}
          label="Continue"
          toMs={Date.parse(target)}
        />
      )}
    </div>
  );
}

function doneText(ran: number): string {
  const after = ran === 0 ? "nothing was due." : "see what happened below.";
  return `The clock has moved: ${after}`;
}

function RanTable({ title, ran, c }: { title: string; ran: Ran; c: PageContext }) {
  if (ran.length === 0) return null;
  const { format } = c.var;
  return (
    <DataTable
      caption={title}
      visibleCaption
      columns={[{ head: "What", wide: true }, { head: "When" }]}
      rows={ran.map(({ kind, at }) => ({
        cells: [NAMES[kind] ?? kind, format.time(Date.parse(at))],
      }))}
    />
  );
}
