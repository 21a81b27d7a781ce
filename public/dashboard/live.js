/** The overview's bars and alerts, kept current by the live socket, or by polling without it. */

const POLL_MS = 2_000;
/** As meter-bar.tsx draws it: where the limit is, and how much beyond it is drawn to scale. */
const LIMIT_AT = 88;
const MOST_BEYOND = 100;
const GAP = 0.6;
const locale = document.documentElement.dataset.locale;
const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 });
const share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });

/** JSON whose numbers are their digits as text, so that none is rounded on the way to the page. */
const parse = (text) =>
  JSON.parse(text, (_, value, context) =>
    typeof value === "number" && context?.source ? context.source : value,
  );

/** Keeps the bars in `root` and the list of alerts current for as long as the page is open. */
export function followUsage(root) {
  let afterSeq = 0;
  const show = (frame) => {
    if (frame.live_seq !== undefined) afterSeq = Number(frame.live_seq);
    for (const metric of frame.metrics ?? []) showMetric(root, metric);
    for (const alert of frame.alerts ?? []) showAlert(alert);
    if (frame.alert) showAlert(frame.alert);
  };
  const ask = async () => {
    const answer = await fetch(root.dataset.live).catch(() => null);
    return answer?.ok ? parse(await answer.text()) : {};
  };
  const poll = async () => {
    if (!document.hidden) show(await ask());
    setTimeout(poll, POLL_MS);
  };
  const connect = async (waitMs) => {
    const url = await socketUrl(root, afterSeq);
    if (!url) return poll();
    const socket = new WebSocket(url);
    socket.addEventListener("open", () => {
      waitMs = 500;
      // Alerts between the page and the socket; counts asked for may be older than a frame's.
      ask().then(({ alerts }) => show({ alerts }));
    });
    socket.addEventListener("message", ({ data }) => {
      const frame = parse(data);
      if (frame.type === "check") socket.send(frame.answer);
      else show(frame);
    });
    socket.addEventListener("close", () =>
      setTimeout(() => connect(Math.min(waitMs * 2, 30_000)), waitMs),
    );
  };
  connect(500);
}

/** An address with a ticket, since it must not hold a lasting secret; null without a ticket. */
async function socketUrl(root, afterSeq) {
  const { ticket, token } = root.dataset;
  if (!ticket) return null;
  const body = new URLSearchParams({ form_token: token });
  const answer = await fetch(ticket, { method: "POST", body }).catch(() => null);
  if (!answer?.ok) return null;
  const url = new URL("/api/usage/live", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("ticket", (await answer.json()).ticket);
  if (afterSeq > 0) url.searchParams.set("after", afterSeq);
  return url;
}

function showMetric(root, { metric_name, used_quantity, usage_percent }) {
  const row = root.querySelector(`[data-metric="${CSS.escape(metric_name)}"]`);
  if (!row) return;
  row.querySelector("[data-used]").textContent = decimal.format(used_quantity);
  const bar = row.querySelector(".bar");
  if (!bar || usage_percent === null || usage_percent === undefined) return;
  const percent = Number(usage_percent);
  const text = share.format(percent / 100);
  row.querySelector("[data-percent]").textContent = text;
  const end = (Math.min(percent, 100) / 100) * LIMIT_AT;
  bar.querySelector(".fill").setAttribute("width", `${Math.round(end * 100) / 100}%`);
  const over = Math.min(Math.max(percent - 100, 0), MOST_BEYOND) / MOST_BEYOND;
  const beyond = over === 0 ? 0 : Math.max(over * (100 - LIMIT_AT) - GAP, GAP);
  bar.querySelector(".beyond").setAttribute("width", `${Math.round(beyond * 100) / 100}%`);
  bar.setAttribute("aria-valuenow", String(Math.min(percent, 100)));
  bar.setAttribute("aria-valuetext", `${text} of the limit`);
  bar.classList.toggle("critical", percent >= 100);
  bar.classList.toggle("warning", percent >= 80 && percent < 100);
}

/** Shows the highest threshold that a metric reached, in one line for each metric. */
function showAlert({ metric_name, alert_level, message, used_quantity, included_quantity }) {
  const list = document.querySelector("[data-alerts]");
  if (!list) return;
  document.querySelector("[data-no-alerts]").hidden = true;
  let item = list.querySelector(`[data-alert="${CSS.escape(metric_name)}"]`);
  if (!item) {
    item = document.createElement("li");
    item.dataset.alert = metric_name;
    list.prepend(item);
  }
  const name = document.querySelector(`[data-metric="${CSS.escape(metric_name)}"] [data-name]`);
  const words = name ? message.replace(metric_name, () => name.textContent) : message;
  const badge = document.createElement("span");
  badge.className = `badge ${alert_level === "critical" ? "bad" : "warn"}`;
  badge.textContent = alert_level;
  const figures = document.createElement("span");
  figures.className = "muted";
  figures.textContent = ` ${decimal.format(used_quantity)} of ${decimal.format(included_quantity)}`;
  const text = document.createElement("span");
  text.textContent = words;
  if (item.children[1]?.textContent === words) return;
  item.replaceChildren(badge, " ", text, figures);
}
