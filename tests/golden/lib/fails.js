const inner = (x) => x.y.z;

export const go = () => inner({});
