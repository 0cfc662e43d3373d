const url = new URL("../list?tag=a b#top", "HTTPS://user@Example.COM:443/shop/items/");
url.searchParams.append("page", "2");
url.hash = "";
print(url, [url]);
export default {
  url, host: url.host, tags: url.searchParams.getAll("tag"), punycode: new URL("http://bücher.example").hostname,
  number: new URL("http://0x7f.1/").href, valid: [URL.canParse("/x"), URL.canParse("/x", url)],
};
