const args = spell({ params: { words: 80 } });
const replies = await mapp(["a", "b"], (name) => ask(name, { max_tokens: args.wrods }));
total = replies.length;
Log.inf(replies[0].text);
print(process.argv, Math.sum(1, 2));
