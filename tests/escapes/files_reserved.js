// expect: contained
// profiles: medium
// What holds keys, runs by itself or is ours is out of reach in every spelling, and no pattern finds it.
const reserved = [
  ".env", ".ENV", ".Env", ".env.", ".env ", "./.env", "spells/../.env", ".env/", ".env/.", "\u200b.env", ".e\u200cnv", "\ufeff.env",
  ".git/config", ".GIT/config", ".git./config", ".git /config", ".git//config", ".g\u200dit/config", ".git/hooks/post-commit",
  ".git/../.git/HEAD", ".llmspell/journal.db", ".LLMSPELL/journal.db", "x/.llmspell/audit.jsonl", "id_rsa", "ID_RSA", "id_ed25519.pub",
  "server.pem", "SERVER.PEM", "server.pem.", "server.key ", "store.p12", "vault.kdbx", "backup.gpg", ".netrc", ".npmrc", ".pypirc",
  ".git-credentials", ".aws/credentials", ".ssh/config", ".kube/config", ".docker/config.json", "credentials", "credentials.json",
  "secrets.yaml", "a/b/c/.ssh/x", "~/.ssh/id_rsa", "~/.bashrc", "~/.config/llmspell/config.toml", "~/.local/share/llmspell/x",
  "/proc/self/root/etc/passwd", "/proc/self/cwd/README.md", "/proc/thread-self/fd/3", "/dev/fd/3",
];
const patterns = ["**/*", "*", ".*", ".*/*", "**/.*", "**/.*/*", "[.]*", "?env", "**/*.pem", "**/*.key", "*/../.*", "./.g*/*"];

async function broken() {
  for (const path of reserved) {
    for (const act of [Fs.read, Fs.bytes, Fs.stat, Fs.exists, Fs.list]) {
      const { ok, error } = await attempt(() => act(path));
      if (ok || error.kind !== "permission") return `${path}: ${error}`;
    }
    for (const act of [Fs.write, Fs.append]) {
      const { ok, error } = await attempt(() => act(path, "x"));
      if (ok || error.kind !== "permission") return `${path}: ${error}`;
    }
  }
  for (const pattern of patterns) {
    const { ok, value } = await attempt(() => Fs.glob(pattern));
    for (const path of ok ? value : []) if (/\.git\/|\.env|\.pem$|\.key$/i.test(path)) return `found ${path}`;
  }
  return "contained";
}

export default await broken();
