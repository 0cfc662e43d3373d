export default () => "called";
