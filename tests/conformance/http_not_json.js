// Reading the JSON of what is none says what it is instead, at the line that reads.
const reply = await Http.get(Watch.site + "/page");
export default reply.json; // HERE
