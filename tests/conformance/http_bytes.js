// A body that is no text comes as bytes, when it is asked for so.
const url = Watch.site + "/image";
const reply = await Http.get(url, { bytes: true });
const failed = (await attempt(() => Http.get(url))).error;
export default [reply.bytes.length, reply.bytes[0], reply.bytes[3], reply.text, failed.kind, failed.hint];
