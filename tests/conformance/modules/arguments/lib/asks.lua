return { spell() ~= nil }
