export default { name: "x", render: () => {} };
