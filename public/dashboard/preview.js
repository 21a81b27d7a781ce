/** The document beside its form, drawn again after each change; and rows that add themselves. */

const QUIET_MS = 250;

/** Starts the previews and the repeated rows of the page. */
export function previewForms() {
  for (const list of document.querySelectorAll("[data-rows]")) trimRows(list);
  document.addEventListener("input", addRow);
  for (const form of document.querySelectorAll("form[data-preview]")) keepPreview(form);
}

function keepPreview(form) {
  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => draw(form), QUIET_MS);
  });
  // What a browser has filled in again is not what the page came with.
  if ([...form.elements].some(isChanged)) draw(form);
}

function isChanged({ type, checked, defaultChecked, value, defaultValue, options }) {
  if (options) return [...options].some((one) => one.selected !== one.defaultSelected);
  if (type === "checkbox" || type === "radio") return checked !== defaultChecked;
  return value !== undefined && defaultValue !== undefined && value !== defaultValue;
}

let asking = new AbortController();

/**
 * Puts what the server makes of a form into the places of the page that have the same names, all at
 * once: the pages keep their place and nothing is blank in between. What was asked before is no
 * longer awaited.
 */
async function draw(form) {
  asking.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(form.dataset.preview, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      signal: asking.signal,
    });
    if (!answer.ok) return;
    const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of drawn.querySelectorAll("[data-part]")) {
      const place = document.querySelector(`[data-part="${part.dataset.part}"]`);
      if (place && place.innerHTML !== part.innerHTML) place.replaceChildren(...part.childNodes);
    }
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
