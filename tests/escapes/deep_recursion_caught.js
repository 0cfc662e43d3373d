// expect: contained
const down = (n) => 1 + down(n + 1);
for (let i = 0; i < 5; i++) try { down(1); } catch {}
// At the very edge of the stack, what the host gave is called.
let edges = 0;
const edge = (n) => {
  try { edge(n + 1); } catch (e) {
    if (edges++ < 20) try { print(n); Json.encode([n]); Probe.echo(n); } catch {}
    throw e;
  }
};
for (let i = 0; i < 3; i++) { edges = 0; try { edge(1); } catch {} }
await sleep(0.01);
export default "contained";
