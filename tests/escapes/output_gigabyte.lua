-- expect: output or memory
print(("x"):rep(1 << 30))
