const files = ["a", "b"];
const texts = await mapp(files, (name) => name);
