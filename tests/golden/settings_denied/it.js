export default (await Http.get("https://example.com/")).text;
