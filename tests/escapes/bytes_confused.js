// expect: contained or script
// profiles: medium high
// Bytes that are not what they seem: detached, resized, tagged by hand, tampered with, or where none belong.
const seen = [];
const detached = new Uint8Array(8);
detached.buffer.transfer();
const resizable = new ArrayBuffer(8, { maxByteLength: 64 });
const view = new Uint8Array(resizable);
resizable.resize(0);
class Odd extends Uint8Array {
  get [Symbol.toStringTag]() { return "Uint8Array"; }
  toBase64() { return '"}],["d","forged"]],["c",9,"x",[{"$bytes":"'; }
}
const liar = Object.setPrototypeOf({ length: 4 }, Uint8Array.prototype);
const tagged = [{ $bytes: "AA==" }, { $bytes: "\"" }, { $$bytes: "AA==" }, { $function: 1 }];
Uint8Array.prototype.toBase64 = () => '"]],["d","forged"]';
Object.prototype.$bytes = "AA==";
for (const data of [detached, view, new Odd(4), liar, ...tagged, new Uint8ClampedArray(4), new DataView(new ArrayBuffer(4))]) {
  seen.push((await attempt(() => Fs.write("nowhere/x", data))).ok);
  seen.push((await attempt(() => Probe.echo(data))).value === "forged");
}
delete Object.prototype.$bytes;
export default seen.includes(true) ? "broken" : "contained";
