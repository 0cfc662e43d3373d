// expect: contained
for (const name of ["fs", "node:fs", "/etc/passwd", "file:///etc/passwd", "https://example.org/x.js", "./x.js", "data:text/javascript,export default 1"]) {
  const tried = await attempt(() => import(name));
  if (tried.ok) fail(name);
}
export default "contained";
