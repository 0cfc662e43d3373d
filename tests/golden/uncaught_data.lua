error({ code = 7, reason = "fire" })
