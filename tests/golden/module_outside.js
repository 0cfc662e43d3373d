import secret from "../../secret.json";
