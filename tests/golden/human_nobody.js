export default await approve("Go on?");
