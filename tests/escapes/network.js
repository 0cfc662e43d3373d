// expect: contained
// profiles: medium high
// No way of writing an address leads to this machine, to a cloud's own, or out of the protocol.
const urls = [
  "http://127.0.0.1:22/", "http://localhost:22/", "http://2130706433:22/", "http://0x7f.1:22/", "http://0177.1:22/",
  "http://[::1]:22/", "http://[::ffff:127.0.0.1]:22/", "http://0:22/", "http://127.0.0.1.:22/", "http://[::]:22/",
  "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://metadata.google.internal/",
  "http://100.100.100.200/", "http://168.63.129.16/", "http://10.0.0.1/", "http://example.com/", "https://1.1.1.1/",
  "file:///etc/passwd", "file://localhost/etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:22/_x", "data:,x",
  "http://user@127.0.0.1:22/", "http://example.com\\@127.0.0.1:22/", "http://example.com#@127.0.0.1:22/",
  "http://127.0.0.1:22\r\nX: y/", "unix:///run/docker.sock", "http://%31%32%37.0.0.1:22/", "//127.0.0.1:22/", "",
];
const expected = ["permission", "args", "script"];
let found = "contained";
for (const url of urls) {
  for (const verb of ["get", "head", "post", "delete"]) {
    const tried = await attempt(() => Http[verb](url, { timeout: 1, redirects: 20 }));
    if (tried.ok) found = `escaped to ${url}`;
    else if (!expected.includes(tried.error.kind)) found = `${url}: ${tried.error.message}`;
  }
}
export default found;
