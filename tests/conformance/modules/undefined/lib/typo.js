export default () => {
  mapp([]); // HERE
};
