/** What scripts add to pages that work without them: live bars, charts, previews, copying, dialogs. */
import { askInDialogs } from "./dialog.js";
import { followUsage } from "./live.js";
import { drawCharts } from "./chart.js";
import { previewForms } from "./preview.js";

const phone = matchMedia("(max-width: 48rem)");
const fold = () => document.querySelector(".menu")?.toggleAttribute("open", !phone.matches);
phone.addEventListener("change", fold);
fold();

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  });
}

askInDialogs();

for (const control of document.querySelectorAll("[data-submits]")) {
  control.addEventListener("change", () => control.form.requestSubmit());
}

const live = document.querySelector("[data-live]");
if (live) followUsage(live);
drawCharts();
previewForms();
