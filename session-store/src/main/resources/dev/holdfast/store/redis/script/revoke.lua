-- ARGV: head, name, at ms, until ms, how many are kept. Answers whether it is kept. A repetition changes nothing
-- but the version.
purge()
local name, at, till = ARGV[2], ARGV[3], ARGV[4]
local heldAt, heldTill, lifted = read(name)
if not heldAt and redis.call('HLEN', entries) >= tonumber(ARGV[5]) then return {1, 0} end
if lifted == '0' then
  at = int(math.max(tonumber(at), tonumber(heldAt)))
  till = int(math.max(tonumber(till), tonumber(heldTill)))
end
if tonumber(till) > now then put(name, at, till, 0) end
return {1, 1}
