// What scripts add to a guide: buttons that copy code, the choice of colours, where the reader is.

function button(label, text) {
  const made = document.createElement("button");
  made.type = "button";
  made.setAttribute("aria-label", label);
  made.textContent = text;
  return made;
}

for (const block of document.querySelectorAll(".code")) {
  const copy = button("Copy this code", "Copy");
  copy.addEventListener("click", async () => {
    const done = await navigator.clipboard.writeText(block.querySelector("code").innerText).then(
      () => "Copied",
      () => "Not copied",
    );
    copy.textContent = done;
    setTimeout(() => { copy.textContent = "Copy"; }, 2000);
  });
  block.append(copy);
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const theme = document.documentElement.dataset;
const isDark = () => (theme.theme ? theme.theme === "dark" : dark.matches);
const toggle = button("", "");
toggle.className = "theme";
function show() {
  toggle.textContent = isDark() ? "Light" : "Dark";
  toggle.setAttribute("aria-label", `${toggle.textContent} colours`);
}
toggle.addEventListener("click", () => {
  theme.theme = isDark() ? "light" : "dark";
  localStorage.setItem("colorMode", theme.theme);
  show();
});
dark.addEventListener("change", show);
show();
document.querySelector(".top nav").append(toggle);

// On a narrow screen the list of guides begins closed.
const menu = document.querySelector(".menu");
const narrow = matchMedia("(max-width: 55rem)");
const fold = () => { menu.open = !narrow.matches; };
narrow.addEventListener("change", fold);
fold();
menu.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });

const entries = new Map(
  [...document.querySelectorAll("aside a")].map((link) => [link.hash.slice(1), link]),
);
const headings = [...entries.keys()].map((id) => document.getElementById(id)).filter(Boolean);
function mark() {
  const passed = headings.filter((heading) => heading.getBoundingClientRect().top < 120);
  const current = (passed.at(-1) ?? headings[0])?.id;
  for (const [id, link] of entries) link.toggleAttribute("data-here", id === current);
}
if (headings.length > 0) {
  addEventListener("scroll", mark, { passive: true });
  mark();
}
