-- Lifts a revocation. ARGV: head, whether an earlier sending may have been executed, name. Answers 1 and whether there was one.
purge()
local name = ARGV[3]
local at, till, lifted = read(name)
if not at then return {1, 0} end
if lifted == '1' then return {1, ARGV[2] == '1' and 1 or 0} end
put(name, at, till, 1)
return {1, 1}
