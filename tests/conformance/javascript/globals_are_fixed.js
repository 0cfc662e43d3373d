// Assigning a global of ours is told as what it is; a member of the script's own that is read-only is another thing.
const said = async (call) => (await attempt(call)).error.message;
const own = Object.freeze({ map: 1, Fs: { map: 1 } });
print(await said(() => { map = {}; }));
print(await said(() => { let x = Fs = null; }));
print(await said(() => { for (race of [1]) {} }));
print(await said(() => { ({ ask } = { ask: 1 }); }));
print(await said(() => { step++; }));
print(await said(() => { SpellError += 1; }));
print(await said(() => { own.map = 2; }));
print(await said(() => { own["map"] = 2; }));
function change() {
  return map = {}; // HERE
}
change();
