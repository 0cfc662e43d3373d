// expect: timeout or script
print({ toString() { while (true) {} }, toJSON() { while (true) {} }, [Symbol.toPrimitive]() { while (true) {} } });
while (true) {}
