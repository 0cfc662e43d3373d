// Several functions at once, each in a fiber of its own; the results find their callers.
export default await map([3, 1, 2], (n) =>
  Probe.apply(async (x) => {
    await Probe.slow(x / 50);
    return x * 10;
  }, [n]));
