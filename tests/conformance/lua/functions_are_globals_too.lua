-- A function without `local` is an undeclared global.
function helper() -- HERE
end
