const name = Http.get(Watch.site + "/data").json; // HERE
export default name;
