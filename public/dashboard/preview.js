/** The document beside its form, drawn again after each change; and rows that add themselves. */

const QUIET_MS = 400;
/** A PDF that did not show by then may never do so, as where the browser saves it as a file. */
const PATIENCE_MS = 4_000;

const hasViewer = () => navigator.pdfViewerEnabled && !matchMedia("(max-width: 48rem)").matches;

/** Starts the previews and the repeated rows of the page. */
export function previewForms() {
  for (const page of document.querySelectorAll("iframe[data-pdf]")) {
    if (hasViewer()) addLayer(page.parentElement, { title: page.title, src: page.dataset.pdf });
  }
  for (const list of document.querySelectorAll("[data-rows]")) trimRows(list);
  document.addEventListener("input", addRow);
  for (const form of document.querySelectorAll("form[data-preview]")) keepPreview(form);
}

/**
 * Lays a new frame over the others: its first navigation leaves no entry in the history, and the
 * frame below stays until it has loaded.
 */
function addLayer(frames, given) {
  const frame = document.createElement("iframe");
  Object.assign(frame, given, { className: "coming" });
  frame.addEventListener("load", () => {
    if (isBlank(frame)) return;
    for (const old of frames.querySelectorAll("iframe")) {
      if (old === frame) break;
      keepScroll(old, frame);
      old.remove();
    }
    frame.classList.remove("coming");
  });
  frames.append(frame);
  return frame;
}

/** True before the frame's own navigation. A viewer's page cannot be asked, so it has loaded. */
function isBlank(frame) {
  try {
    return frame.contentWindow.location.href === "about:blank";
  } catch {
    return false;
  }
}

function keepScroll(old, frame) {
  try {
    frame.contentWindow.scrollTo(0, old.contentWindow.scrollY);
  } catch {
    // The page of a viewer cannot be asked; it keeps its own position.
  }
}

function keepPreview(form) {
  const frames = document.querySelector("[data-frames]");
  if (!frames) return;
  let as = hasViewer() ? "pdf" : "page";
  let timer;
  let count = 0;
  const show = () => {
    const frame = addLayer(frames, { title: "Preview", name: `preview-${++count}` });
    const { target, action, noValidate } = form;
    Object.assign(form, { target: frame.name, noValidate: true });
    form.action = `${form.dataset.preview}?as=${as}`;
    form.submit();
    Object.assign(form, { target, action, noValidate });
    if (as === "pdf") setTimeout(() => waited(frame), PATIENCE_MS);
    showWarnings(form);
  };
  const waited = (frame) => {
    if (frame !== frames.lastElementChild || !frame.classList.contains("coming")) return;
    as = "page";
    show();
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, QUIET_MS);
  });
  show();
}

let asking = new AbortController();

/** Puts beside the form what its document would lack; what was asked before is no longer awaited. */
async function showWarnings(form) {
  const place = document.querySelector("[data-warnings]");
  if (!place) return;
  asking.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(`${form.dataset.preview}?as=warnings`, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      signal: asking.signal,
    });
    if (answer.ok) place.innerHTML = await answer.text();
  } catch {
    // Asked again with the next change.
  }
}

const rowsIn = (list) => [...list.children].filter((child) => child.hasAttribute("data-row"));
const isFilled = (row) =>
  [...row.querySelectorAll("input, textarea")].some(({ type, checked, value }) =>
    type === "checkbox" ? checked : value !== "",
  );

/** Removes empty rows but the last one. */
function trimRows(list) {
  const rows = rowsIn(list);
  while (rows.length > 1 && !isFilled(rows.at(-1)) && !isFilled(rows.at(-2))) rows.pop().remove();
}

function addRow({ target }) {
  for (let list = target.closest("[data-rows]"); list; ) {
    const rows = rowsIn(list);
    const most = Number(list.dataset.most || Number.POSITIVE_INFINITY);
    if (isFilled(rows.at(-1)) && rows.length < most) list.append(blankRow(list, rows));
    list = list.parentElement.closest("[data-rows]");
  }
}

function blankRow(list, rows) {
  const row = rows.at(-1).cloneNode(true);
  for (const control of row.querySelectorAll("input, textarea")) {
    if (control.type === "checkbox") control.checked = false;
    else control.value = "";
  }
  for (const choice of row.querySelectorAll("select")) choice.selectedIndex = 0;
  for (const error of row.querySelectorAll(".error")) error.remove();
  for (const fold of row.querySelectorAll("details")) fold.open = false;
  for (const labels of row.querySelectorAll("[data-set]")) labels.textContent = "";
  for (const inner of row.querySelectorAll("[data-rows]")) trimRows(inner);
  const base = list.dataset.rows;
  renumber(row, base, rows.length);
  renumber(row, base.replaceAll("/", "-"), rows.length);
  row.querySelector("legend").textContent = `${list.dataset.legend} ${rows.length + 1}`;
  return row;
}

/** Gives a row its number: names are pointers with it, ids the same with dashes. */
function renumber(row, base, index) {
  const numbered = new RegExp(`(${base}[/-])\\d+`, "g");
  for (const element of row.querySelectorAll("[name], [id], [for], [data-rows]")) {
    for (const name of ["name", "id", "for", "aria-describedby", "data-rows"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replace(numbered, `$1${index}`));
    }
  }
}
