// The colours that the visitor chose, before anything is shown; the reference keeps the same word.
const chosen = localStorage.getItem("colorMode");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
