// expect: contained
const down = (n) => 1 + down(n + 1);
for (let i = 0; i < 5; i++) try { down(1); } catch {}
// At the very edge of the stack, what the host gave is called.
const edge = (n) => { try { return edge(n + 1); } catch { try { Probe.echo(n); print(n); Json.encode([n]); } catch {} throw n; } };
for (let i = 0; i < 3; i++) try { edge(1); } catch {}
export default "contained";
