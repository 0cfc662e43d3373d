export default "a canary that nobody may read";
