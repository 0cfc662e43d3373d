error("out of ink") -- HERE
