fail("just so") -- HERE
