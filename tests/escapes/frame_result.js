// expect: script or args
export default "x".repeat(2_000_000);
