-- Who yields to nobody is told so.
coroutine.yield(1)
