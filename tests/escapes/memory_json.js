// expect: memory or args or script
export default JSON.parse("[" + "[],".repeat(5_000_000) + "[]]").length;
