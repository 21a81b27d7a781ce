/** /dashboard/usage/rules: from one incoming event to several metrics, and trying one. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { ruleRoutes } from "../../billing/correction/rule-routes.ts";
import { ruleScopesOf, usageRuleOf } from "../../billing/correction/usage-rule.ts";
import { parseJsonExactly } from "../../core/decimal.ts";
import { invalidField } from "../../core/errors.ts";
import { readDisplayNames } from "../../metering/catalogue/catalogue.ts";
import { EVERY_TENANT, type UsageRule } from "../../metering/intake/rule.ts";
import { listRules } from "../../metering/intake/rule-store.ts";
import { Badge } from "../component/badge.tsx";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { FactList } from "../component/fact-list.tsx";
import { ActionButton, Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import { MetricName } from "../component/metric-name.ts";
import { Pager } from "../component/pager.tsx";
import { Permitted } from "../component/permitted.tsx";
import { Parts } from "../component/rows.tsx";
import { type Body, type Field, textOf } from "../form/form.ts";
import { ask } from "../page/ask.tsx";
import { readPage } from "../page/list.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import {
  allowed,
  originOf,
  type PageContext,
  type PageEnv,
  readForm,
  seeOther,
} from "../page/request.ts";
import {
  atRows,
  countedText,
  GROUPS,
  MORE_FIELDS,
  RULE_FIELDS,
  RULE_POINTERS,
  ruleSent,
  sampleEvent,
  valuesOf,
} from "./rule-form.ts";
import { UsageTabs } from "./tabs.tsx";

export const rulePages = new Hono<PageEnv>();

const PATH = "/usage/rules";
const EVENT: Field = {
  pointer: "/event",
  label: "CloudEvent",
  kind: "code",
  hint: "as you would send it to /api/usage/cloudevents; nothing is recorded",
};

const rulePath = (...parts: string[]) => apiPath(["usage", "rules", ...parts]);

/** What a page of rules shows beside them: a form that was refused, or an event that was tried. */
type ListState = FormState & { tried?: { text: string; answer?: Body; refused?: FormState } };

rulePages.get(PATH, (c) => listPage(c, allowed(c, "usage.read"), {}));

rulePages.post(PATH, async (c) => {
  const actor = allowed(c, "metrics.write");
  const { values, body } = ruleSent(await readForm(c));
  try {
    await runOperation(c, ruleRoutes, { method: "POST", path: rulePath(), body });
    return seeOther(c, PATH, "created");
  } catch (error) {
    return listPage(c, actor, { values, refused: atRows(refusalOf(error), values) });
  }
});

rulePages.post(`${PATH}/try`, async (c) => {
  const actor = allowed(c, "usage.read");
  const text = textOf(await readForm(c), EVENT.pointer);
  try {
    const path = rulePath("try");
    const answer = await runOperation(c, ruleRoutes, { method: "POST", path, body: eventIn(text) });
    return await listPage(c, actor, { tried: { text, answer } });
  } catch (error) {
    return listPage(c, actor, { tried: { text, refused: { refused: refusalOf(error) } } });
  }
});

/** The event that was typed. Errors: 422 for what is no JSON object. */
function eventIn(text: string): Body {
  let event: unknown;
  try {
    event = parseJsonExactly(text);
  } catch {
    throw invalidField(EVENT.pointer, "is not JSON");
  }
  if (typeof event === "object" && event !== null && !Array.isArray(event)) return event as Body;
  throw invalidField(EVENT.pointer, "is one event: a JSON object");
}

rulePages.get(`${PATH}/:id`, (c) =>
  rulePage(c, allowed(c, "usage.read"), c.req.param("id") ?? "", {}),
);

rulePages.post(`${PATH}/:id`, async (c) => {
  const actor = allowed(c, "metrics.write");
  const id = c.req.param("id") ?? "";
  const { values, body } = ruleSent(await readForm(c));
  try {
    await runOperation(c, ruleRoutes, { method: "PATCH", path: rulePath(id), body });
    return seeOther(c, `${PATH}/${id}`, "saved");
  } catch (error) {
    return rulePage(c, actor, id, { values, refused: atRows(refusalOf(error), values) });
  }
});

rulePages.post(`${PATH}/:id/:action{on|off|delete}`, async (c) => {
  const actor = allowed(c, "metrics.write");
  const { id = "", action } = c.req.param();
  const sent = await readForm(c);
  try {
    if (action === "delete") {
      const asked = await ask(c, sent, () => ({
        title: "Delete this rule?",
        consequences: [
          "Events that arrive from now on are no longer counted by it.",
          "Usage that it has recorded stays.",
        ],
        act: "Delete rule",
      }));
      if (asked) return asked;
      await runOperation(c, ruleRoutes, { method: "DELETE", path: rulePath(id) });
      return seeOther(c, PATH, "removed");
    }
    const body = { active: action === "on" };
    await runOperation(c, ruleRoutes, { method: "PATCH", path: rulePath(id), body });
    return seeOther(c, `${PATH}/${id}`, "saved");
  } catch (error) {
    return rulePage(c, actor, id, { refused: refusalOf(error) });
  }
});

async function listPage(c: PageContext, actor: Actor, state: ListState) {
  const { values, refused, tried } = state;
  const { cursor } = c.req.query();
  const { data: rules, next_cursor } = await readPage(
    cursor,
    (after, limit) =>
      listRules(c.env.DB, { scopes: ruleScopesOf(actor), after: after ?? undefined }, limit),
    ({ id }) => id,
  );
  const isWrong = refused !== undefined || tried?.refused !== undefined;
  const results = (tried?.answer?.results ?? []) as readonly Result[];
  const names = await readDisplayNames(c.env.DB, actor.tenantId, [
    ...rules.map(({ metric }) => metric),
    ...results.flatMap(({ metric_name }) => metric_name ?? []),
  ]);
  return page(
    c,
    { title: "Usage rules", section: "usage", status: isWrong ? 422 : 200 },
    <>
      <UsageTabs current={PATH} role={actor.role} />
      <p class="lead">
        A rule turns incoming CloudEvents of a type into usage of a metric. One event can match
        several rules. {actor.operator && "Rules created here apply to every tenant."}
      </p>
      {rules.length > 0 ? (
        <Rules rules={rules} names={names} actor={actor} />
      ) : (
        <EmptyState title="No rules yet">
          <p>
            Until there is one for its type, an event counts under its type itself: as much as{" "}
            <code>data.quantity</code> or <code>data.value</code> says, or once.
          </p>
        </EmptyState>
      )}
      <Pager
        path={`/dashboard${PATH}`}
        query={new URLSearchParams(cursor ? { cursor } : {})}
        nextCursor={next_cursor}
        words={["First", "More"]}
      />
      <TryEvent c={c} tried={tried} names={names} rule={firstActive(rules)} />
      <Permitted role={actor.role} needs="metrics.write" label="Create a rule" act="create rules">
        <section class="card" id="make">
          <h2>Create a rule</h2>
          <RuleForm c={c} action={PATH} state={{ values: values ?? {}, ...given(refused) }}>
            Create rule
          </RuleForm>
        </section>
      </Permitted>
    </>,
  );
}

/** The rule that an event to begin with is for: one of the tenant's own, where it has any. */
function firstActive(rules: readonly UsageRule[]): UsageRule | undefined {
  const active = rules.filter((rule) => rule.active);
  return active.find(({ tenant }) => tenant !== EVERY_TENANT) ?? active[0];
}

function given(refused: FormState["refused"]): Pick<FormState, "refused"> {
  return refused ? { refused } : {};
}

type RulesProps = {
  rules: readonly UsageRule[];
  /** The display names of their metrics. */
  names: ReadonlyMap<string, string>;
  actor: Actor;
};

function Rules({ rules, names, actor }: RulesProps) {
  return (
    <DataTable
      caption="Usage rules"
      columns={[
        { head: "Event type", wide: true },
        { head: "Metric" },
        { head: "Value", wide: true },
        { head: "Grouped by" },
        ...(actor.operator ? [] : [{ head: "Created by" }]),
        { head: "Status", short: true },
      ]}
      rows={rules.map((rule) => ({
        cells: [
          <a href={`/dashboard${PATH}/${rule.id}`}>{rule.eventType}</a>,
          <MetricName id={rule.metric} name={names.get(rule.metric) ?? rule.metric} />,
          <code>{countedText(rule)}</code>,
          Object.keys(rule.groups).join(", "),
          ...(actor.operator ? [] : [rule.byOperator ? "operator" : "you"]),
          <Badge state={rule.active ? "active" : "off"} />,
        ],
      }))}
    />
  );
}

type TryProps = {
  c: PageContext;
  tried: ListState["tried"];
  names: ReadonlyMap<string, string>;
  rule: UsageRule | undefined;
};

/** The form of an event, with what would be recorded of the one that was tried. */
function TryEvent({ c, tried, names, rule }: TryProps) {
  const sample = rule ? sampleEvent(rule) : NO_RULE_EVENT;
  const text = tried?.text ?? JSON.stringify(sample, null, 2);
  const refused = tried?.refused?.refused;
  return (
    <section class="card" id="try">
      <h2>Test with an event</h2>
      <Refusal refused={refused} fields={[EVENT.pointer]} />
      <Form action={`/dashboard${PATH}/try#try`} token={c.var.session.formToken}>
        <Fields fields={[EVENT]} body={{ event: text }} refused={refused} />
        <button type="submit">Try it</button>
      </Form>
      {tried?.answer && <Results c={c} answer={tried.answer} names={names} />}
    </section>
  );
}

const NO_RULE_EVENT = {
  specversion: "1.0",
  id: "try-1",
  source: "/try",
  type: "model.call",
  data: { quantity: 1 },
};

type Result = {
  rule_id: string | null;
  metric_name: string | null;
  event: (Body & { metadata: Body }) | null;
  refused: { pointer: string; detail: string } | null;
};

type ResultsProps = { c: PageContext; answer: Body; names: ReadonlyMap<string, string> };

function Results({ c, answer, names }: ResultsProps) {
  const results = answer.results as Result[];
  const byRules = results.some(({ rule_id }) => rule_id !== null);
  return (
    <>
      <p class="tried" role="status">
        {byRules
          ? `Rules for ${answer.event_type} would record this:`
          : "No rule matches its type, so it would be recorded unchanged:"}
      </p>
      <DataTable
        caption="What would be recorded"
        columns={[
          { head: "Metric" },
          { head: "Quantity", figure: true },
          { head: "ID" },
          { head: "User" },
          { head: "Result", wide: true },
        ]}
        rows={results.map(({ metric_name, event, refused }) => ({
          cells: [
            metric_name && (
              <MetricName id={metric_name} name={names.get(metric_name) ?? metric_name} />
            ),
            event ? c.var.format.decimal(String(event.quantity)) : <Badge state="refused" />,
            event && <code>{String(event.id)}</code>,
            event && String(event.user_id ?? ""),
            event ? <code>{JSON.stringify(event.metadata)}</code> : whyText(refused),
          ],
        }))}
      />
    </>
  );
}

function whyText(refused: Result["refused"]): string {
  return refused === null ? "" : `${refused.pointer} ${refused.detail}`.trim();
}

type RuleFormProps = { c: PageContext; action: string; state: FormState; children: string };

function RuleForm({ c, action, state: { values, refused }, children }: RuleFormProps) {
  const inMore = MORE_FIELDS.some(({ pointer }) =>
    refused?.errors.some((error) => error.pointer === pointer),
  );
  return (
    <>
      <Refusal refused={refused} fields={[...RULE_POINTERS, GROUPS.pointer]} />
      <Form action={`/dashboard${action}`} token={c.var.session.formToken}>
        <div class="columns">
          <Fields fields={RULE_FIELDS} body={values} refused={refused} />
        </div>
        <Parts parts={[GROUPS]} at="" values={values} refused={refused ?? null} />
        <details class="more" open={inMore}>
          <summary>User, name, unit and description</summary>
          <div class="columns">
            <Fields fields={MORE_FIELDS} body={values} refused={refused} />
          </div>
        </details>
        <button type="submit" class="primary">
          {children}
        </button>
      </Form>
    </>
  );
}

async function rulePage(c: PageContext, actor: Actor, id: string, state: FormState) {
  const rule = await usageRuleOf(c.env, actor, id);
  const names = await readDisplayNames(c.env.DB, actor.tenantId, [rule.metric]);
  const name = names.get(rule.metric) ?? rule.metric;
  const isOwn = actor.operator || !rule.byOperator;
  const token = c.var.session.formToken;
  const at = `/dashboard${PATH}/${id}`;
  return page(
    c,
    { title: rule.eventType, section: "usage", status: state.refused ? 422 : 200 },
    <>
      <UsageTabs current={PATH} role={actor.role} />
      <h2>
        {rule.eventType} counts under <MetricName id={rule.metric} name={name} />
      </h2>
      <RuleFacts rule={rule} c={c} />
      {!isOwn && <p class="muted">The operator made this rule; ask the operator to change it.</p>}
      {isOwn && (
        <Permitted role={actor.role} needs="metrics.write" label="Edit" act="change rules">
          <div class="actions">
            <ActionButton
              action={`${at}/${rule.active ? "off" : "on"}`}
              token={token}
              label={rule.active ? "Disable" : "Enable"}
            />
            <ActionButton action={`${at}/delete`} token={token} label="Delete" danger asks />
          </div>
          <section class="card">
            <h2>Edit</h2>
            <RuleForm
              c={c}
              action={`${PATH}/${id}`}
              state={{ values: state.values ?? valuesOf(rule), ...given(state.refused) }}
            >
              Save rule
            </RuleForm>
          </section>
        </Permitted>
      )}
    </>,
  );
}

function RuleFacts({ rule, c }: { rule: UsageRule; c: PageContext }) {
  const groups = Object.entries(rule.groups);
  const send = `POST ${originOf(c)}/api/usage/cloudevents`;
  return (
    <FactList
      label="The rule"
      facts={[
        ["Status", <Badge state={rule.active ? "active" : "off"} />],
        ["Applies to", rule.tenant === EVERY_TENANT ? "every tenant" : "this tenant"],
        ["Value", <code>{countedText(rule)}</code>],
        ["Stored as", rule.property],
        ["User at", rule.userPath === null ? null : <code>{rule.userPath}</code>],
        [
          "Grouped by",
          groups.length === 0 ? null : (
            <code>{groups.map((pair) => pair.join(" = ")).join(", ")}</code>
          ),
        ],
        ["Name", rule.name || null],
        ["Description", rule.description || null],
        ["Sent to", <CopyText text={send} />],
      ]}
    />
  );
}
