return retry({ on = { "rate_limit", "htpp" } }, function() return 1 end)
