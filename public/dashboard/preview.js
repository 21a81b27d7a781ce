/** The document beside its form, drawn again after each change; and rows that can be added. */

const QUIET_MS = 400;

export function previewForms() {
  for (const frame of document.querySelectorAll("iframe[data-pdf]")) {
    if (navigator.pdfViewerEnabled) frame.contentWindow.location.replace(frame.dataset.pdf);
  }
  for (const form of document.querySelectorAll("form[data-preview]")) {
    addRows(form);
    keepPreview(form);
  }
}

/**
 * A new frame for each state: its first navigation leaves no entry in the history, and the old one
 * stays until the new one is there. Where the browser shows no PDFs, the page says the same.
 */
function keepPreview(form) {
  const frames = document.querySelector("[data-frames]");
  const button = form.querySelector("[data-preview-page]");
  if (!frames || !button) return;
  const as = navigator.pdfViewerEnabled ? "pdf" : "page";
  let timer;
  let count = 0;
  const show = () => {
    const frame = document.createElement("iframe");
    frame.name = `preview-${++count}`;
    frame.title = "Preview";
    frame.className = "coming";
    frame.addEventListener("load", () => {
      frame.classList.remove("coming");
      for (const old of frames.querySelectorAll("iframe")) {
        if (old === frame) break;
        old.remove();
      }
    });
    frames.append(frame);
    const { target, action, noValidate } = form;
    Object.assign(form, { target: frame.name, noValidate: true });
    form.action = `${form.dataset.preview}?as=${as}`;
    form.submit();
    Object.assign(form, { target, action, noValidate });
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(show, QUIET_MS);
  };
  form.addEventListener("input", later);
  form.addEventListener("rows", later);
  button.hidden = true;
  show();
}

/** The last row is always an empty one. */
function addRows(form) {
  const list = form.querySelector("[data-rows]");
  if (!list) return;
  const filled = (row) => [...row.querySelectorAll("input, textarea")].some((one) => one.value !== "");
  const rows = () => [...list.querySelectorAll("[data-row]")];
  const renumber = (row, index) => {
    for (const one of row.querySelectorAll("[name], [id], [for]")) {
      for (const name of ["name", "id", "for", "aria-describedby"]) {
        const value = one.getAttribute(name);
        if (value) one.setAttribute(name, value.replace(/([/-]lines[/-])\d+/, `$1${index}`));
      }
    }
    row.querySelector("legend").textContent = `Line ${index + 1}`;
  };
  while (rows().length > 1 && !filled(rows().at(-1)) && !filled(rows().at(-2))) rows().at(-1).remove();
  list.addEventListener("input", () => {
    const last = rows().at(-1);
    if (!filled(last)) return;
    const next = last.cloneNode(true);
    for (const one of next.querySelectorAll("input, textarea")) one.value = "";
    for (const one of next.querySelectorAll(".error")) one.remove();
    renumber(next, rows().length);
    list.append(next);
  });
}
