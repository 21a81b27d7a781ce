/** What a script adds to the server's charts: the value under the pointer, and of the arrow keys. */

const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 5, PageDown: -5 };

/** Makes each chart of the page say its values. */
export function drawCharts() {
  for (const figure of document.querySelectorAll("[data-chart]")) readable(figure);
}

function readable(figure) {
  const plot = figure.querySelector("[data-plot]");
  const table = figure.querySelector("table");
  const rows = [...table.tBodies[0].rows];
  if (rows.length === 0) return;
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  const tones = [...figure.querySelectorAll(".legend i")].map((mark) => mark.className);
  const point = element("div", "point");
  const tip = element("div", "tip");
  plot.append(point, tip);
  // A slider's value is read out as the arrow keys move it.
  plot.tabIndex = 0;
  plot.setAttribute("role", "slider");
  plot.setAttribute("aria-label", `${table.caption.textContent.trim()}, by point`);
  plot.setAttribute("aria-valuemin", "1");
  plot.setAttribute("aria-valuemax", String(rows.length));
  let at = rows.length - 1;
  const name = () => {
    plot.setAttribute("aria-valuenow", String(at + 1));
    const [label, ...values] = textsOf(rows[at]);
    const named = values.map((text, i) => (values.length === 1 ? text : `${heads[i + 1]} ${text}`));
    plot.setAttribute("aria-valuetext", `${label}: ${named.join(", ")}`);
  };
  const show = (i) => {
    at = Math.min(Math.max(i, 0), rows.length - 1);
    name();
    fill(tip, textsOf(rows[at]), heads, tones);
    const width = 100 / rows.length;
    point.style.left = `${at * width}%`;
    point.style.width = `${width}%`;
    plot.classList.add("read");
    const middle = ((at + 0.5) / rows.length) * plot.clientWidth;
    const most = Math.max(plot.clientWidth - tip.offsetWidth, 0);
    const beside = middle + 14 + tip.offsetWidth > plot.clientWidth ? -14 - tip.offsetWidth : 14;
    tip.style.left = `${Math.min(Math.max(middle + beside, 0), most)}px`;
  };
  const hide = () => plot.classList.remove("read");
  name();
  plot.addEventListener("pointermove", ({ clientX }) => {
    const { left, width } = plot.getBoundingClientRect();
    show(Math.floor(((clientX - left) / width) * rows.length));
  });
  plot.addEventListener("pointerleave", () => document.activeElement !== plot && hide());
  plot.addEventListener("focus", () => plot.matches(":focus-visible") && show(at));
  plot.addEventListener("blur", hide);
  plot.addEventListener("keydown", (event) => {
    const { key } = event;
    if (key === "Escape") return hide();
    const to = key === "Home" ? 0 : key === "End" ? rows.length - 1 : at + (STEPS[key] ?? Number.NaN);
    if (Number.isNaN(to)) return;
    event.preventDefault();
    show(to);
  });
}

function textsOf(row) {
  return [...row.cells].map((cell) => cell.textContent.trim());
}

function fill(tip, [label, ...values], heads, tones) {
  const head = element("strong", "");
  head.textContent = label;
  const lines = values.map((text, i) => {
    const line = element("div", "");
    const name = element("span", "");
    if (tones[i]) name.append(element("i", tones[i]));
    name.append(heads[i + 1]);
    const value = element("b", "");
    value.textContent = text;
    line.append(name, value);
    return line;
  });
  tip.replaceChildren(head, ...lines);
}

function element(name, className) {
  const made = document.createElement(name);
  made.className = className;
  return made;
}
