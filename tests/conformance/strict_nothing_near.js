export default xylophone; // HERE
