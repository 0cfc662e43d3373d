// expect: script
export default { then(resolve, reject) { reject({ then: 1, message: "a thenable" }); } };
