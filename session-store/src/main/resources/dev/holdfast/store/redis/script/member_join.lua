-- A gateway that starts takes a lease. ARGV: head, gateway, lease ms, skews. A gateway id that has been dead stays dead. Answers 1,
-- whether it has joined, whether no other gateway has renewed its lease lately, the highest term, the skews.
local RECENT = 1500 -- ms: two or three renewals
if redis.call('ZSCORE', dead, ARGV[2]) then return {1, 0, 0, 0} end
local lease, others, alone = tonumber(ARGV[3]), redis.call('ZRANGE', leases, 0, -1, 'WITHSCORES'), 1
for i = 1, #others, 2 do
  if others[i] ~= ARGV[2] and math.abs(now + lease - tonumber(others[i + 1])) <= RECENT then alone = 0 end
end
redis.call('ZADD', leases, now + lease, ARGV[2])
redis.call('PEXPIRE', leases, TTL)
return with_skews({1, 1, alone, agree()}, 4)
