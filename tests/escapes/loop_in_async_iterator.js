// expect: timeout
for await (const each of { [Symbol.asyncIterator]: () => ({ next: () => ({ then: (done) => done({ value: 1, done: false }) }) }) }) each;
