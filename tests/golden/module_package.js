import { chunk } from "lodash";
