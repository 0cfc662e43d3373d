// expect: timeout
// limits: turn=0.1
while (true) { try { while (true) {} } catch {} finally { while (true) {} } }
