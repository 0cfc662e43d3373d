// Lua has integers of 64 bits; JavaScript, like the rest of the bridge, refuses those that a number cannot hold.
const { ok, error } = await attempt(() => Sql.query("shop.db", "select id from orders where price = 2.5"));
export default [ok, error.message];
