spell({ allow: { net: ["api.example.com"], tools: ["Fs.remove"] } });
export default 1;
