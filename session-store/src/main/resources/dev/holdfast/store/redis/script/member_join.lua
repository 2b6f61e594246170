-- ARGV: head, gateway, lease ms, skews. An id that has been dead stays dead. Answers whether it has joined, whether another gateway
-- has renewed its lease a moment ago, the highest term that is known, and the skews.
local RECENT = 1500 -- ms, two or three renewals
if redis.call('ZSCORE', dead, ARGV[2]) then return {1, 0, 0, 0} end
local lease, others, alone = tonumber(ARGV[3]), redis.call('ZRANGE', leases, 0, -1, 'WITHSCORES'), 1
for i = 1, #others, 2 do
  if others[i] ~= ARGV[2] and math.abs(now + lease - tonumber(others[i + 1])) <= RECENT then alone = 0 end
end
redis.call('ZADD', leases, now + lease, ARGV[2])
redis.call('PEXPIRE', leases, TTL)
return with_skews({1, 1, alone, agree()}, 4)
