-- ARGV: head, at most, lease ms. What has been left to the other members of shared subscriptions, and how much there is in
-- all. Nobody else is told to give it within the lease.
local left, bytes = KEYS[9], 0
local reply = {1, redis.call('LLEN', left)}
local some = redis.call('LRANGE', left, 0, tonumber(ARGV[2]) - 1)
for i = 1, #some do
  reply[#reply + 1] = some[i]
  bytes = bytes + #some[i]
  if bytes > 1048576 then break end
end
if #some > 0 then lease_left(now + tonumber(ARGV[3])) end
return reply
