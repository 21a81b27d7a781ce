/** /dashboard/clock: where a test tenant's clock stands, and what moving it runs. */
import { Hono } from "hono";
import { may } from "../../accounts/actor/roles.ts";
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
import { type Body, bodyOf, type Field } from "../form/form.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm } from "../page/request.ts";

const PATH = "/clock";
const DAY: Field = {
  pointer: "/now",
  label: "The beginning of a day",
  kind: "day",
  required: true,
  hint: "in UTC; the clock only moves forward",
};
/** The buttons and their days; 31 reach the end of any month. */
const STEPS = [
  ["A day on", 1],
  ["A week on", 7],
  ["31 days on", 31],
] as const;

/** What each kind of due work did, in words; another kind is listed by its own name. */
const NAMES: Readonly<Record<string, string>> = {
  [PERIOD_CLOSE]: "A period was closed",
  [PLAN_ROLLOUT]: "A plan's version was rolled out",
  [SUBSCRIPTION_SETTLE]: "Late usage was settled",
  [TERMS_PUSH]: "The meter was told its terms",
  [METRICS_PUSH]: "The meter was told its metrics",
  [INVOICE_REMIND]: "An invoice was looked at for reminders",
  [METER_REBUILT]: "The meter was told all anew",
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
    { title: "Clock", section: "clock", status: refused ? 422 : 200 },
    <>
      <h1>Clock</h1>
      <p class="lead">
        This tenant is a test: its clock stands still until you move it. Whatever becomes due on the
        way is done as it would be in its time: periods close, invoices get their numbers, reminders
        go out.
      </p>
      {moved && <Outcome c={c} {...moved} />}
      <dl class="cards">
        <Card name="It is" value={c.var.format.time(nowMs)} note={timeText(nowMs)} />
      </dl>
      {may(actor.role, "clock.move") && (
        <section class="card narrow" aria-label="Move the clock">
          <h2>Move it</h2>
          <Refusal refused={refused} fields={[DAY.pointer]} />
          <div class="actions">
            {STEPS.map(([label, days]) => (
              <StepForm action={action} token={token} label={label} toMs={nowMs + days * DAY_MS} />
            ))}
          </div>
          <Form action={action} token={token} class="stacked">
            <Fields fields={[DAY]} body={{}} refused={refused} />
            <button type="submit" class="primary">
              Move it there
            </button>
          </Form>
        </section>
      )}
      {moved && <RanTable title="Failed, and tried again later" ran={moved.failed} c={c} />}
      {moved && <RanTable title="Done on the way" ran={moved.ran} c={c} />}
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
        {done ? doneText(ran.length + failed.length) : "A part is done: there is more on the way."}
      </p>
      {!done && (
        <StepForm
          action={`/dashboard${PATH}`}
          token={c.var.session.formToken}
          label="Go on"
          toMs={Date.parse(target)}
        />
      )}
    </div>
  );
}

function doneText(ran: number): string {
  const after = ran === 0 ? "nothing was due on the way." : "what was done on the way is below.";
  return `The clock was moved; ${after}`;
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
