export default [spell() !== undefined];
