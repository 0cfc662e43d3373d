return { ready = false }
