// Nothing that is raised has words all the same. What is no Error has no place.
print((await attempt(() => { throw undefined; })).error.message, (await attempt(() => { throw null; })).error.message);
throw undefined;
