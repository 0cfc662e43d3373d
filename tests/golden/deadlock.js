const nobody = new Promise(() => {});
print(await nobody);
