State.shared("team") -- HERE
