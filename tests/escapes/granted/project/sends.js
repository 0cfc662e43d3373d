const given = spell({ params: { note: "string", url: "string" } });
export default (await Http.post(given.url, { body: given.note })).status;
