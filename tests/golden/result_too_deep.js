let data = { big: {} };
for (let i = 0; i < 70; i++) data = [data];
export default data;
