-- Stores a revocation. ARGV: head, name, at ms, until ms, how many there may be. Answers 1 and whether it is stored. A repetition
-- changes only the version.
purge()
local name, at, till = ARGV[2], ARGV[3], ARGV[4]
local held_at, held_till, lifted = read(name)
if not held_at and redis.call('HLEN', entries) >= tonumber(ARGV[5]) then return {1, 0} end
if lifted == '0' then
  at = int(math.max(tonumber(at), tonumber(held_at)))
  till = int(math.max(tonumber(till), tonumber(held_till)))
end
if tonumber(till) > now then put(name, at, till, 0) end
return {1, 1}
