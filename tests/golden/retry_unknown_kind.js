export default await retry({ on: ["rate_limit", "htpp"] }, () => 1);
