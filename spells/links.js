// One URL on each line. Which hosts it may reach is for you to say: --allow-net=example.com,docs.example.com
const args = spell({
  about: "Check a list of URLs and report what is wrong",
  input: "text",
  params: { limit: { default: 20, min: 1, max: 100, about: "how many at once" } },
});

const urls = args.input.split(/\s+/).filter((url) => url !== "");

const checked = await map(urls, async (url) => {
  return { url, status: (await Http.get(url, { timeout: "20s" })).status };
}, { name: "links", limit: args.limit, on_error: "keep" });

const broken = [
  ...checked.ok.filter((page) => page.status >= 400).map((page) => `- ${page.url}: status ${page.status}`),
  ...checked.failed.map((lost) => `- ${lost.item}: ${lost.error.kind}`),
];

print(`${urls.length} links, ${broken.length} broken`);
export default broken.length > 0 ? broken.join("\n") : undefined;
