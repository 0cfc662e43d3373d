// expect: script
// A source that gives itself another name does not get it.
//# sourceURL=/etc/passwd
//# sourceMappingURL=file:///etc/passwd
throw new Error("where am I");
