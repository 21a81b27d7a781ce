/** Pure. Live data or those of test tenants, never both: a page shows one, and says which. */
type Props = { path: string; test: boolean };

/** Two links, the current one marked. */
export function ModeSwitch({ path, test }: Props) {
  const link = (label: string, href: string, current: boolean) => (
    <a href={href} aria-current={current ? "true" : undefined}>
      {label}
    </a>
  );
  return (
    <nav class="switch" aria-label="Live or test data">
      {link("Live", path, !test)}
      {link("Test", `${path}?mode=test`, test)}
    </nav>
  );
}

/** Says that what is shown is not real. */
export function TestNotice({ test }: { test: boolean }) {
  if (!test) return null;
  return (
    <div class="notice info">
      <p>
        <strong>Test data.</strong> These figures are those of test tenants alone, whose clocks are
        their own. None of it is counted with live figures.
      </p>
    </div>
  );
}
