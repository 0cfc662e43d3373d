export default (await Http.get("example.com/feed.json")).json;
