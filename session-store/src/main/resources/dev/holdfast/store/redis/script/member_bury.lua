-- ARGV: head, for how long ms the dead are looked after, gateway and end of each lease that was seen to stand still.
-- Answers how many are dead, and all of them: one that was only slow may still take sessions until it notices.
for i = 3, #ARGV, 2 do
  local found = redis.call('ZSCORE', leases, ARGV[i])
  if found and tonumber(found) == tonumber(ARGV[i + 1]) then
    redis.call('ZREM', leases, ARGV[i])
    redis.call('ZADD', dead, now, ARGV[i])
  end
end
local all = redis.call('ZRANGE', dead, 0, -1)
-- After they have been named: also one that was buried before all gateways were away for long is reaped.
redis.call('ZREMRANGEBYSCORE', dead, '-inf', now - tonumber(ARGV[2]))
redis.call('PEXPIRE', leases, TTL)
redis.call('PEXPIRE', dead, TTL)
local reply = {1, #all}
for i = 1, #all do reply[#reply + 1] = all[i] end
return with_leases(reply)
