local limit = 0.5
local args = spell {
  about = "Summarise",
  budget = { usd = limit },
}
