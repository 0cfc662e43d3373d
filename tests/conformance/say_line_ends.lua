say("ends itself\n")
say("is ended")
