-- fail ends the spell with its kind and hint.
local function checked(n)
  if n > 3 then
    fail(n .. " is too many", { kind = "budget", hint = "take 3" }) -- HERE
  end
end
checked(4)
