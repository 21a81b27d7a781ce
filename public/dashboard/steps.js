/** Long acts, one step after the other, with a bar that says how far they are. */

/** Has each button with `data-steps` ask for its form's act until the answer says that it is done. */
export function runInSteps() {
  for (const button of document.querySelectorAll("[data-steps]")) {
    button.form.addEventListener("submit", (event) => {
      if (event.submitter !== button) return;
      event.preventDefault();
      button.disabled = true;
      run(button).catch(() => button.form.submit());
    });
  }
}

async function run(button) {
  const { form } = button;
  const bar = barIn(form, button);
  for (;;) {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body, headers: { "x-step": "1" } });
    const type = answer.headers.get("content-type") ?? "";
    // What was refused is a page: it is shown as it would be without a script.
    if (!answer.ok || !type.includes("json")) return form.submit();
    const { percent, done, to, refused } = await answer.json();
    if (refused) return form.submit();
    bar.value = percent * 10;
    if (done) return location.assign(to);
  }
}

function barIn(form, button) {
  const known = form.querySelector("progress");
  if (known) return known;
  const bar = document.createElement("progress");
  bar.max = 1000;
  bar.value = 0;
  bar.setAttribute("aria-label", "Read of the file");
  button.after(bar);
  return bar;
}
