return approve("Go on?")
