#!/usr/bin/lua
return "ok"
