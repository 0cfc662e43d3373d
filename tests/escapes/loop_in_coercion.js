// expect: timeout or script
// limits: turn=0.1
print({ toString() { while (true) {} }, toJSON() { while (true) {} }, [Symbol.toPrimitive]() { while (true) {} } });
while (true) {}
