#!/usr/bin/env -S llmspell run
// The first line is no code, and lines still count from it.
print("runs");
fail("line four"); // HERE
