-- Reading the JSON of what is none says what it is instead, at the line that reads.
local reply = Http.get(Watch.site .. "/page")
return reply.json -- HERE
