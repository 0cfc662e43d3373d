// expect: memory or args or script
// limits: turn=1.5
export default JSON.parse("[" + "[],".repeat(5_000_000) + "[]]").length;
