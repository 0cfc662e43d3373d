throw "the printer is on fire";
