-- What ended sessions have left to the other members of shared subscriptions. ARGV: head, at most, lease ms.
-- Answers 1, how many entries there are in all, then some of them. Nobody else is told to give them within the lease.
local MOST_BYTES = 1048576
local left, bytes = KEYS[9], 0
local reply = {1, redis.call('LLEN', left)}
local some = redis.call('LRANGE', left, 0, tonumber(ARGV[2]) - 1)
for i = 1, #some do
  reply[#reply + 1] = some[i]
  bytes = bytes + #some[i]
  if bytes > MOST_BYTES then break end
end
if #some > 0 then lease_left(now + tonumber(ARGV[3])) end
return reply
