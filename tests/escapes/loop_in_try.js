// expect: timeout
while (true) { try { while (true) {} } catch {} finally { while (true) {} } }
