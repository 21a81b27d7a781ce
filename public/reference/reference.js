// Starts Scalar on the API's own document. It asks no other host: no fonts, telemetry or proxy.
const demoKey = document.querySelector('meta[name="demo-key"]')?.content;

/** On a local installation the samples run as they are copied, with the demo tenant's key. */
function withKey(text) {
  return demoKey ? text.replaceAll("Bearer $BOXCOST_KEY", `Bearer ${demoKey}`) : text;
}

/** What a tag has: lists and what makes one before its parts, else as the document has them. */
function depth({ path }) {
  return (path ?? "").split("/").length;
}

async function start() {
  const answer = await fetch("/openapi.json");
  const content = JSON.parse(withKey(await answer.text()));
  document.getElementById("reference").replaceChildren();
  Scalar.createApiReference("#reference", {
    content,
    theme: "none",
    withDefaultFonts: false,
    telemetry: false,
    proxyUrl: "",
    agent: { disabled: true },
    mcp: { disabled: true },
    showDeveloperTools: "never",
    hideClientButton: true,
    hiddenClients: true,
    persistAuth: false,
    documentDownloadType: "direct",
    orderRequiredPropertiesFirst: true,
    orderSchemaPropertiesBy: "preserve",
    operationsSorter: (a, b) => depth(a) - depth(b),
    authentication: {
      preferredSecurityScheme: "apiKey",
      securitySchemes: { apiKey: { token: demoKey ?? "" } },
    },
  });
}

/** The frame follows the colours that are chosen in Scalar. */
new MutationObserver(() => {
  document.documentElement.dataset.theme = document.body.classList.contains("dark-mode")
    ? "dark"
    : "light";
}).observe(document.body, { attributeFilter: ["class"] });

start();
