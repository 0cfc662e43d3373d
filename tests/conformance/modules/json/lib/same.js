import prices from "../data/prices.json";
export default prices;
