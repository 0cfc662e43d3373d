// JSON with a number that nothing can hold is not called something else than JSON.
export default (await Http.get(Watch.site + "/big")).json; // HERE
