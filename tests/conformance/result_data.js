export default { text: "t", list: [1, 2.5, null], empty: [], map: {} };
