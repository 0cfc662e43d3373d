error("the printer is on fire")
