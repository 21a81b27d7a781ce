/** What the product's isolate holds on to: asked through the runtime's inspector. */
type Answer = { id?: number; result?: { usedSize?: number } };
type Target = { id: string; webSocketDebuggerUrl: string };

/** Bytes of the JavaScript heap once its garbage is collected. */
export async function liveHeapBytes(inspectorUrl: string): Promise<number> {
  const targets = (await (await fetch(`${inspectorUrl}/json`)).json()) as Target[];
  const target = targets.find(({ id }) => id.includes("product"));
  if (!target) throw new Error(`no inspector of the product at ${inspectorUrl}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((opened, failed) => {
    socket.addEventListener("open", opened);
    socket.addEventListener("error", failed);
  });
  let id = 0;
  const ask = (method: string) =>
    new Promise<Answer>((answered) => {
      const asked = ++id;
      socket.addEventListener("message", ({ data }) => {
        const answer = JSON.parse(String(data)) as Answer;
        if (answer.id === asked) answered(answer);
      });
      socket.send(JSON.stringify({ id: asked, method }));
    });
  await ask("HeapProfiler.enable");
  // What finalizers let go of is only collected by the next one.
  for (let i = 0; i < 2; i++) await ask("HeapProfiler.collectGarbage");
  const { result } = await ask("Runtime.getHeapUsage");
  socket.close();
  return result?.usedSize ?? 0;
}
