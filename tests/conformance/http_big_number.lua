-- JSON with a number that nothing can hold is not called something else than JSON.
return Http.get(Watch.site .. "/big").json -- HERE
