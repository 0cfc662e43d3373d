spell({
  about: "Fetch and keep",
  allow: { net: ["api.x.com"] },
});
const page = await Http.get(`https://api.y.com/feed?day=${Run.date}`);
await Fs.write("out/feed.json", page.text);
