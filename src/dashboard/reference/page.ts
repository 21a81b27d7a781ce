/** The page at /docs: a frame for the library that shows /openapi.json. Pure. */

/** Scalar's styles are elements that its script makes, so they cannot be files; all else is. */
export const REFERENCE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** The page; `demoKey` is the key that "try it" begins with, where there is one for everybody. */
export function referencePage(demoKey: string | undefined): string {
  const key = /^[\w-]+$/.test(demoKey ?? "") ? `<meta name="demo-key" content="${demoKey}">\n` : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference · BoxCostPro Edge</title>
<meta name="description" content="Every operation of BoxCostPro Edge, with examples to run.">
${key}<link rel="icon" href="/dashboard/assets/icon.svg">
<link rel="stylesheet" href="/docs/assets/docs.css">
<link rel="stylesheet" href="/docs/assets/reference.css">
<script src="/docs/assets/theme.js"></script>
<script defer src="/docs/assets/scalar.js"></script>
<script defer src="/docs/assets/reference.js"></script>
</head>
<body>
<header class="top">
<a class="brand" href="/docs"><svg viewBox="0 0 24 24" aria-hidden="true">
<rect x="3" y="12" width="4" height="9" rx="1.5"/>
<rect x="10" y="7" width="4" height="14" rx="1.5"/>
<rect x="17" y="3" width="4" height="18" rx="1.5"/></svg><span>BoxCostPro Edge</span></a>
<nav aria-label="Documentation">
<a href="/docs/guides">Guides</a>
<a href="/docs" aria-current="true">API reference</a>
<a href="/dashboard">Dashboard</a>
</nav>
</header>
<div id="reference"><p class="waiting">Loading the reference …</p></div>
<noscript><p class="waiting">The reference needs JavaScript. What it shows stands in
<a href="/openapi.json">/openapi.json</a>, and how things go together in the
<a href="/docs/guides">guides</a>.</p></noscript>
</body>
</html>
`;
}
