-- The runner gives this file the line ends of Windows; places stay right.
print("one")

local text = [[a
b]]
print(#text)
fail("line seven") -- HERE
