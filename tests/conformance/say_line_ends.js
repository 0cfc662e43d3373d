await say("ends itself\n");
await say("is ended");
