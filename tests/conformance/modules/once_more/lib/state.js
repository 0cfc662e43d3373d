export default { ready: false };
