// A reply behaves as its text where text is wanted.
const reply = await ask("forty two");
print(reply);
print("it is", reply);
export default [String(reply), "<" + reply + ">", reply + reply, `${reply}`, await Probe.typed(reply)];
