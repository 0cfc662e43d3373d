import key from "./lib/.env.json";
